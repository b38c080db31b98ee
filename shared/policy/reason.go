package policy

import (
	"fmt"
	"strings"

	"prewarm/shared/event"
)

// OwnHistory is what the reason of a decision says if the function's own history has a share in
// the replicas. Others tell such decisions by it.
const OwnHistory = "the function's own history"

// reason puts a choice into words: its rule, the bounds that changed it, what a replica
// was taken to carry, and how the window was measured if not from all metrics.
func (ch *choice) reason(f *event.Forecast, s State, c Config) string {
	var b strings.Builder
	b.WriteString(ch.ruleReason(f, s, c))
	for _, x := range ch.bounds {
		b.WriteString(x.reason(s))
	}
	b.WriteString(ch.scheduleReason(s))
	if ch.byRule > 0 && ch.rule != ruleCalls {
		b.WriteString(capacityReason(f, ch.byRule))
	}
	if f.Note != "" && ch.rule != ruleUnknown {
		b.WriteString("; " + f.Note)
	}
	return b.String()
}

func (ch *choice) ruleReason(f *event.Forecast, s State, c Config) string {
	switch ch.rule {
	case ruleUnknown:
		return "the last step has no data" + inBrackets(f.Note) + ": hold"
	case ruleCalls:
		return ch.callsReason(f, s)
	case ruleLate:
		return "the forecast is older than it looks ahead: hold"
	case ruleKeepAlive:
		return fmt.Sprintf("%s: keep-alive of %d steps", noForecastReason(f), c.KeepAlive)
	case ruleShortHistory:
		return fmt.Sprintf("%s: keep-alive, %d of its %d steps are known", noForecastReason(f), ch.known, c.KeepAlive)
	case ruleNeededAgain:
		return fmt.Sprintf("a call is likely before a replica released now could be ready again (%.1f s): keep", s.Readiness.Seconds())
	}
	chance := fmt.Sprintf("chance of a call within %d steps is %.1f %%", ch.lookahead.to, 100*ch.active)
	if ch.rule == ruleRelease {
		return fmt.Sprintf("%s, below the cost ratio %.1f %%: release", chance, 100*c.CostRatio)
	}
	source := "the forecast's quantiles"
	if ch.ownHistory {
		source += " and " + OwnHistory
	}
	text := fmt.Sprintf("%s, cost ratio %.1f %%: %d warm by %s", chance, 100*c.CostRatio, ch.byRule, source)
	if ch.instead > 0 {
		text += fmt.Sprintf(", kept since %d would cost about the same", ch.instead)
	}
	return text
}

// inBrackets returns a text in brackets, "" for "".
func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// noForecastReason states why keep-alive decides.
func noForecastReason(f *event.Forecast) string {
	if f.NoData != "" {
		return f.NoData
	}
	return "no call was seen"
}

// reason puts an applied bound into words.
func (x appliedBound) reason(s State) string {
	switch x.bound {
	case boundAtMost:
		return "; but " + s.AtMost.Why
	case boundAtLeast:
		return "; but " + s.AtLeast.Why
	case boundScheduleMost:
		return fmt.Sprintf("; at most %d by the schedule %s", x.replicas, s.Schedule.AtMost.Why)
	case boundScheduleLeast:
		return fmt.Sprintf("; at least %d by the schedule %s", x.replicas, s.Schedule.AtLeast.Why)
	case boundWaiting:
		return fmt.Sprintf("; but %d %s for a replica: %d", x.calls, ifOne(x.calls, "call waits", "calls wait"), x.replicas)
	case boundQueued:
		return fmt.Sprintf("; but %d queued %s %d", x.calls, ifOne(x.calls, "call needs", "calls need"), x.replicas)
	}
	return fmt.Sprintf(boundFormat(x.bound), x.replicas)
}

// ifOne returns one if n is 1, many otherwise.
func ifOne(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// boundFormat returns the words of a bound, with a verb for the replicas.
func boundFormat(b bound) string {
	switch b {
	case boundInFlight:
		return "; but the calls in flight need %d"
	case boundPeak:
		return "; but the most calls at a time in the last step needed %d"
	case boundCalled:
		return "; but calls that no scrape shows needed %d between two steps"
	case boundRaised:
		return "; but a call or another controller raised it since the last step: hold %d"
	case boundInFlightUnknown:
		return "; but the number of calls in flight is unknown: hold %d"
	case boundProvisional:
		return "; but the last step is not wholly measured yet: hold %d"
	case boundUp:
		return "; limited to %d by the scale-up rate"
	case boundDown:
		return "; limited to %d by the scale-down rate"
	case boundIdler:
		return "; but the idler takes replicas that no call uses: hold %d"
	case boundMin:
		return "; at least %d by the function's limits"
	}
	return "; at most %d by the function's limits"
}
