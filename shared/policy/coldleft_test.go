package policy_test

import (
	"math"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// left returns the cold starts that remain under prewarm, for a function without replicas.
func left(f *event.Forecast, c policy.Config) float64 {
	return policy.Decide(start, f, state(0), c).Inputs.ExpectedColdLeft
}

// calls returns a forecast that expects calls with the given probabilities by horizon, and
// with certainty none otherwise. The trained estimate under keep-alive is cold.
func calls(cold float64, p map[int]event.Prob) *event.Forecast {
	f := quiet()
	f.ExpectedCold = cold
	for h := range f.PActive {
		f.PActive[h] = p[h+1]
	}
	return f
}

func near(t *testing.T, story string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-4 {
		t.Errorf("%s: got %v cold starts, want %v", story, got, want)
	}
}

func TestACallBelowTheCostRatioRemainsAColdStart(t *testing.T) {
	c := config() // a cost ratio of 0.1
	near(t, "one such call", left(calls(9, map[int]event.Prob{20: 0.04}), c), 0.04)
	near(t, "a second one, within the ten steps for which the first would keep a replica", left(calls(9, map[int]event.Prob{20: 0.04, 30: 0.05}), c), 0.04+0.05*0.96)
	near(t, "a second one after them", left(calls(9, map[int]event.Prob{20: 0.04, 31: 0.05}), c), 0.04+0.05)
	near(t, "a call that prewarm expects", left(calls(9, map[int]event.Prob{20: 0.3}), c), 0)
	c.CostRatio = 0.5 // a replica is kept for two steps only
	near(t, "a cold start costs as much as two steps of idling", left(calls(9, map[int]event.Prob{20: 0.3, 23: 0.4}), c), 0.7)
}

// Under keep-alive, the walk gives 0.04 + 0.05 cold starts. The trained estimate is a
// quarter of it, because such calls come in bursts: half of the walk remains.
func TestWhatRemainsIsScaledByTheTrainedEstimate(t *testing.T) {
	c, p := config(), map[int]event.Prob{20: 0.04, 40: 0.05}
	near(t, "calls in bursts", left(calls(0.0225, p), c), 0.045)
	near(t, "the estimate is above the walk", left(calls(2, p), c), 0.09)
	p[10] = 0.2
	near(t, "of three calls prewarm expects one", left(calls(0.1, p), c), math.Sqrt(0.1/(0.2+0.04*0.8+0.05))*(0.04*0.8+0.05))
}

func TestReplicasThatAreKeptHaveNoColdStarts(t *testing.T) {
	p := map[int]event.Prob{1: 0.04, 5: 0.04, 55: 0.04}
	s := state(1)
	s.Min = 1
	near(t, "at least one replica by the function's limits", policy.Decide(start, calls(9, p), s, config()).Inputs.ExpectedColdLeft, 0)
	f := calls(9, p)
	f.InFlight = 1
	near(t, "a call in flight keeps the replica in the first step", policy.Decide(start, f, state(1), config()).Inputs.ExpectedColdLeft, 0.04*0.96+0.04)
	f = calls(9, p)
	f.Evidence, f.Recent = 1, []int32{1, 0, 0}
	near(t, "the only call so far keeps none", policy.Decide(start, f, state(1), config()).Inputs.ExpectedColdLeft, 0.04+0.04*0.96+0.04)
	s = state(0)
	s.Readiness = 3 * time.Minute
	near(t, "the lookahead of four steps starts it before a call that it expects",
		policy.Decide(start, calls(9, map[int]event.Prob{20: 0.05, 23: 0.3}), s, config()).Inputs.ExpectedColdLeft, 0)
	near(t, "the first step is over", policy.Decide(start.Add(time.Minute), calls(9, p), state(0), config()).Inputs.ExpectedColdLeft, 0.04+0.04)
}

func TestWithoutAForecastNothingIsExpected(t *testing.T) {
	f := &event.Forecast{Origin: origin, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	f.Recent = make([]int32, 11)
	near(t, "no forecast", left(f, config()), 0)
	near(t, "no call is ever expected", left(calls(9, nil), config()), 0)
	unknown := calls(9, map[int]event.Prob{1: 0.04})
	unknown.Recent = nil
	near(t, "the last step is unknown, and the replica is held", policy.Decide(start, unknown, state(1), config()).Inputs.ExpectedColdLeft, 0)
}
