package policy_test

import (
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// Other controllers override the function's own limits, and a hold overrides a maximum.
func TestWhatOtherControllersImposeIsStrongest(t *testing.T) {
	most, least := &policy.Limit{Replicas: 1, Why: "the autoscaler set 3 back to 1"}, &policy.Limit{Replicas: 2, Why: "an HPA raised it to 2"}
	s := state(1)
	s.MinActive, s.Min, s.AtMost = 2, 2, most
	check(t, "below the function's own least", policy.Decide(start, expect(quiet(), 1, 1, 3, 3, 3, 3), s, config()), 1, "; but the autoscaler set 3 back to 1")
	s = state(2)
	s.AtMost, s.AtLeast = most, least
	check(t, "a hold", policy.Decide(start, quiet(), s, config()), 2, "; but an HPA raised it to 2")
	s.AtMost = nil
	check(t, "a hold is no maximum", policy.Decide(start, expect(quiet(), 1, 1, 3, 3, 3, 3), s, config()), 3, "3 warm")
}

func TestWhatTheIdlerTakesIsRaisedForALikelyCallOnly(t *testing.T) {
	s := state(0)
	s.IdlerTakes = true
	waits := &event.Forecast{Origin: origin, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	waits.Recent = []int32{1, 0, 0, 0, 0}
	check(t, "keep-alive", policy.Decide(start, waits, s, config()), 0, "the idler takes replicas that no call uses: hold 0")
	check(t, "a likely call", policy.Decide(start, expect(quiet(), 1, 1, 1, 1, 1, 1), s, config()), 1, "1 warm")
	s.Current = 1
	check(t, "what is there may stay", policy.Decide(start, waits, s, config()), 1, "keep-alive of 10 steps")
}
