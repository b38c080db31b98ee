package scaler

import (
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// reason states who imposed the bound, until when it applies, and what to change.
func (i imposed) reason(idle time.Duration) string {
	until := i.until().UTC().Format("15:04 UTC")
	switch {
	case i.To > i.From && i.From == 0:
		return fmt.Sprintf("%s: at least %d until %s; %s", undone(i.SetBack, idle), i.To, until, i.remedy())
	case i.To > i.From:
		return fmt.Sprintf("%s: prewarm lowers nothing until %s; %s", undone(i.SetBack, idle), until, i.remedy())
	}
	return fmt.Sprintf("%s: at most %d until %s; %s", undone(i.SetBack, idle), i.To, until, i.remedy())
}

// undone states what another controller has done.
func undone(s event.SetBack, idle time.Duration) string {
	switch {
	case s.By == refusedBy:
		return fmt.Sprintf("the gateway refused %d", s.From)
	case s.By == openfaas.Idler:
		return fmt.Sprintf("the idler (%s) took %d replica%s that %s warm for a call", short(idle), s.From, plural(s.From, "", "s"), plural(s.From, "was", "were"))
	}
	return fmt.Sprintf("%s set %d back to %d", nameOf(s.By), s.From, s.To)
}

// nameOf returns the name of a controller within a sentence.
func nameOf(by string) string {
	switch by {
	case openfaas.Autoscaler:
		return "OpenFaaS' autoscaler"
	case openfaas.AlertManager:
		return "AlertManager"
	}
	return "another controller"
}

// remedy states what the owner may change, and of a refusal from what it was learned.
func (i imposed) remedy() string {
	const see = "functions/README.md, Beside other controllers"
	switch i.By {
	case refusedBy:
		if i.denied {
			return fmt.Sprintf("learned from its answers in %d steps in a row, which were neither 400 nor a success", deniedSteps)
		}
		return "learned from its answer 400 to this number"
	case openfaas.Autoscaler:
		return "set " + openfaas.LabelMin + " = " + openfaas.LabelMax + " and prewarm.max, see " + see
	case openfaas.AlertManager:
		return "leave AlertManager out of the chart, see " + see
	case openfaas.Idler:
		return "set prewarm.zero instead of " + openfaas.LabelZero + ", see " + see
	}
	return "see " + see
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
