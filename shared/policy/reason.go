package policy

import (
	"fmt"
	"strings"

	"prewarm/shared/event"
)

// reason puts a choice into words.
func (ch *choice) reason(f *event.Forecast, s State, c Config) string {
	var b strings.Builder
	b.WriteString(ch.ruleReason(f, s, c))
	for _, x := range ch.bounds[:ch.boundsLen] {
		fmt.Fprintf(&b, boundReason(x.by), x.replicas)
	}
	if ch.first > 0 {
		b.WriteString(carryReason(f, ch.first))
	}
	return b.String()
}

func (ch *choice) ruleReason(f *event.Forecast, s State, c Config) string {
	chance := fmt.Sprintf("chance of a call within %d steps is %.1f %%", ch.look.to, 100*ch.chance)
	switch ch.rule {
	case ruleUnknown:
		return "the last step has no data: hold"
	case ruleLate:
		return "the forecast is older than it looks ahead: hold"
	case ruleKeepAlive, ruleYoung:
		why := "no call was seen"
		if f.NoData != "" {
			why = f.NoData
		}
		if ch.rule == ruleYoung {
			return fmt.Sprintf("%s: keep-alive, %d of its %d steps are known", why, ch.known, c.KeepAlive)
		}
		return fmt.Sprintf("%s: keep-alive of %d steps", why, c.KeepAlive)
	case ruleAgain:
		return fmt.Sprintf("a call is likely before a replica released now could start again (%.1f s): keep", s.Readiness.Seconds())
	case ruleBreakEven:
		return fmt.Sprintf("%d active steps seen, %d are needed: keep for the %d steps that idle for the cost of a cold start", f.Evidence, c.MinEvidence, c.breakEven())
	case ruleRelease:
		return fmt.Sprintf("%s, below the cost ratio %.1f %%: release", chance, 100*c.CostRatio)
	}
	source := "the forecast's quantiles"
	if ch.own {
		source = "the function's own past"
	}
	return fmt.Sprintf("%s, cost ratio %.1f %%: %d warm by %s", chance, 100*c.CostRatio, ch.first, source)
}

// boundReason returns the words of a bound, with a place for the replicas.
func boundReason(b bound) string {
	switch b {
	case boundInFlight:
		return "; but the present load needs %d"
	case boundRaised:
		return "; but a call or another controller raised it since the last step: hold %d"
	case boundInFlightUnknown:
		return "; but calls in flight are unknown: hold %d"
	case boundUp:
		return "; limited to %d by the scale-up rate"
	case boundDown:
		return "; limited to %d by the scale-down rate"
	case boundMin:
		return "; at least %d by the function's limits"
	}
	return "; at most %d by the function's limits"
}

// inputs are the numbers that the choice rests on.
func (ch *choice) inputs(f *event.Forecast, s State, c Config) event.Inputs {
	rate, model := carry(f, ch.first)
	return event.Inputs{
		CostRatio: c.CostRatio, LookaheadSteps: ch.look.to, ReadinessSeconds: s.Readiness.Seconds(),
		PActive: ch.chance, PMore: ch.more, RecentNeed: lastNeed(f), InFlight: f.InFlight,
		Min: s.Min, Max: s.Max, ExpectedCold: f.ExpectedCold, CallsPerReplica: rate, CapacityModel: model,
	}
}
