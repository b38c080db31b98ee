package ledger

import (
	"testing"
	"time"

	"prewarm/shared/event"
)

// Bursts come with the begin of a minute, and the pods that the decision of that minute adds
// are ready 4 to 6 s later: the calls waited for them. Keep-alive of two minutes.
//
//	minute              0 1 2 3 4 5 6
//	needed              0 0 3 0 3 0 3
//	replicas            0 0 3 3 3 0 3   after the decision
//	of them not ready   0 0 3 0 1 0 3   when the minute began
//	cold                    3 0 1 0 3
//	idle                    0 3 0 0 0
//	keep-alive              0 3 3 3 3   cold 3, idle 3 + 3
func TestPodsThatComeAfterTheCallsOfTheirStepAreColdStarts(t *testing.T) {
	l := New(60, 2, 9)
	needs, replicas, notReady := []int32{0, 0, 3, 0, 3, 0, 3}, []int{0, 0, 3, 3, 3, 0, 3, 3}, []int{0, 0, 3, 0, 1, 0, 3, 0}
	for i := range replicas {
		in := event.Inputs{NotReady: notReady[i], Started: -1}
		if i > 0 {
			in.Settled = needs[i-1 : i]
		}
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "a.ns", Step: int64(6000 + 60*i), Mode: "active", Current: 0, Applied: replicas[i], Observed: replicas[i], Inputs: in,
		}}})
	}
	got := total(l)
	if got.Steps != 5 || got.Cold != 3+1+3 || got.Idle != 3 || got.ColdKeepAlive != 3 || got.IdleKeepAlive != 6 {
		t.Errorf("got %+v", got)
	}
}

// A call comes in the last of three steps. What it finds is what was ready when the step
// began, whoever has started it.
func TestAReplicaThatWasNotReadyIsColdWhoeverStartedIt(t *testing.T) {
	for story, c := range map[string]struct {
		current, applied, notReady int
		actuator                   string
		cold, idle                 uint32
	}{
		"the call woke it, and the decision finds it":            {current: 1, applied: -1, notReady: 1, cold: 1},
		"the decision came first, and started none":              {applied: -1, cold: 1},
		"the decision had started it, and it was ready":          {applied: 1},
		"the decision started it, and the call waited":           {applied: 1, notReady: 1, cold: 1},
		"one was ready, and the decision added another":          {current: 1, applied: 2, notReady: 1, idle: 1},
		"a controller that follows the decisions had started it": {current: 1, applied: -1, actuator: "keda"},
		"the same, too late":                                     {current: 1, applied: -1, notReady: 1, actuator: "keda", cold: 1},
		"more is not ready than there are":                       {current: 1, applied: -1, notReady: 9, cold: 1},
	} {
		l := New(60, 1, 9)
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{
			{Function: "a.ns", Step: 6000, Mode: "active", Applied: -1, Observed: -1, Inputs: event.Inputs{Settled: []int32{0}}},
			{Function: "a.ns", Step: 6060, Mode: "active", Actuator: c.actuator, Current: c.current, Applied: c.applied, Observed: -1,
				Inputs: event.Inputs{Settled: []int32{0}, NotReady: c.notReady}},
			{Function: "a.ns", Step: 6120, Mode: "active", Current: 1, Applied: -1, Observed: -1, Inputs: event.Inputs{Settled: []int32{1}}},
		}})
		if got := total(l); got.Cold != c.cold || got.Idle != c.idle || got.Steps != 2 {
			t.Errorf("%s: got %d cold starts, %d idle in %d steps, want %d and %d in 2", story, got.Cold, got.Idle, got.Steps, c.cold, c.idle)
		}
	}
}

// Two of three steps need replicas. In the second, a raise adds two for a burst, half of which
// the step needs in the end. It decides no step; what it adds is idle for the whole step, and
// was not ready when that began.
func TestARaiseCountsForItsStepAndDecidesNone(t *testing.T) {
	raise := event.Decision{
		Function: "a.ns", Step: 6120, Time: time.Unix(6150, 0), Mode: "active", Current: 2, Wanted: 4, Applied: 4, Observed: 4, Trigger: event.TriggerWatch,
	}
	for story, c := range map[string]struct {
		at         int // the raise comes after so many decisions
		cold, idle uint32
	}{
		"no raise":                        {at: 9, cold: 1},
		"within its step":                 {at: 3, cold: 1, idle: 1},
		"before the decision of its step": {at: 2, cold: 1},
		"after the step was counted":      {at: 5, cold: 1},
	} {
		l := New(60, 1, 9)
		for i := range 5 {
			if i == c.at {
				l.AddDecisions(&event.Decisions{Decisions: []event.Decision{raise, raise}}) // delivered twice
			}
			in := event.Inputs{Started: -1}
			if i > 0 {
				in.Settled = []int32{[]int32{2, 2, 3, 2}[i-1]}
			}
			l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
				Function: "a.ns", Step: int64(6000 + 60*i), Time: time.Unix(int64(6003+60*i), 0), Mode: "active", Current: 2, Applied: -1, Observed: -1, Inputs: in,
			}}})
		}
		if got := total(l); got.Steps != 3 || got.Cold != c.cold || got.Idle != c.idle {
			t.Errorf("%s: got %+v", story, got)
		}
	}
}
