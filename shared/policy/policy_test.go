package policy_test

import (
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

const origin = 1_800_000_000 - 1_800_000_000%60

var start = time.Unix(origin, 0)

// quiet returns a forecast with enough evidence that expects no call.
func quiet() *event.Forecast {
	f := &event.Forecast{Function: "f.ns", Origin: origin, StepSeconds: 60, Evidence: 10, Observation: event.Observation{Recent: []int32{0}}}
	for range event.Horizons {
		f.PActive = append(f.PActive, 0.001)
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, 0), append(f.NeedQ90, 0)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, 0), append(f.NeedQ99, 0)
	}
	return f
}

// expect sets the probability of a call at horizon h, from 1, and the quantiles of its need.
func expect(f *event.Forecast, h int, p event.Prob, q50, q90, q95, q99 int32) *event.Forecast {
	f.PActive[h-1] = p
	f.NeedQ50[h-1], f.NeedQ90[h-1], f.NeedQ95[h-1], f.NeedQ99[h-1] = q50, q90, q95, q99
	return f
}

// state returns a function of up to 20 replicas that may scale to zero.
func state(current int) policy.State {
	return policy.State{Current: current, MinActive: 1, Max: 20, Concurrency: 1}
}

// config returns the defaults with a cost ratio of 0.1, and a scale-in to at most half per step.
func config() policy.Config {
	c := policy.DefaultConfig()
	c.CostRatio, c.MaxDown = 0.1, 2
	return c
}

// check compares a decision with the wanted replicas and a part of its reason.
func check(t *testing.T, name string, d policy.Decision, wanted int, reason string) {
	t.Helper()
	if d.Wanted != wanted || !strings.Contains(d.Reason, reason) {
		t.Errorf("%s: wanted %d because %q, expected %d because %q", name, d.Wanted, d.Reason, wanted, reason)
	}
}

// A call comes at the begin of step 6. A replica takes 70 s to start.
func TestATimerIsWarmedInTimeAndReleasedAfter(t *testing.T) {
	f := expect(quiet(), 6, 0.95, 1, 1, 1, 1)
	s := state(0)
	s.Readiness = 70 * time.Second
	check(t, "four minutes before", policy.Decide(start.Add(time.Minute), f, s, config()), 0, "release")
	check(t, "three minutes before: the next decision is in time", policy.Decide(start.Add(2*time.Minute), f, s, config()), 0, "release")
	check(t, "two minutes before: the next decision would be too late", policy.Decide(start.Add(3*time.Minute), f, s, config()), 1, "chance of a call within 6 steps is 95")
	s.Current = 1
	check(t, "after the call", policy.Decide(start.Add(7*time.Minute), f, s, config()), 0, "below the cost ratio")
}

func TestTheCostRatioIsTheThreshold(t *testing.T) {
	f := expect(quiet(), 1, 0.3, 0, 1, 1, 1)
	c := config()
	c.CostRatio = 0.29
	check(t, "a cold start costs more than idling", policy.Decide(start, f, state(0), c), 1, "1 warm")
	c.CostRatio = 0.31
	check(t, "a cold start costs less than idling", policy.Decide(start, f, state(0), c), 0, "release")
}

func TestLevelsComeFromTheQuantiles(t *testing.T) {
	f := expect(quiet(), 1, 1, 2, 6, 8, 12)
	f.Recent = []int32{1}
	for _, c := range []struct {
		ratio float64
		want  int
		why   string
	}{
		{0.5, 2, "the median"}, {0.1, 6, "the 0.9 quantile"}, {0.05, 8, "the 0.95 quantile"},
		{0.01, 12, "the 0.99 quantile"}, {0.3, 4, "interpolated half way between the median and the 0.9 quantile"},
		{0.002, 16, "on the exponential tail: 12 + 4 log 5 / log 5"}, {0.9, 2, "at least the median while a call is likely"},
	} {
		cfg := config()
		cfg.CostRatio = c.ratio
		check(t, c.why, policy.Decide(start, f, state(0), cfg), c.want, "warm")
	}
}

func TestWithoutAForecastTheFunctionIsKeptAlive(t *testing.T) {
	f := &event.Forecast{Origin: origin, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	f.Recent = append([]int32{9}, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0)
	check(t, "needed 3 within the last ten steps", policy.Decide(start, f, state(3), config()), 3, "keep-alive of 10 steps")
	f.Recent = make([]int32, 11)
	check(t, "idle for longer", policy.Decide(start, f, state(1), config()), 0, "2 known steps, 3 are needed")
	f.Recent = make([]int32, 9)
	check(t, "fewer steps are known than keep-alive covers", policy.Decide(start, f, state(1), config()), 1, "9 of its 10 steps are known")
	never := quiet()
	never.Evidence, never.Recent = 0, make([]int32, 11)
	check(t, "never called", policy.Decide(start, never, state(1), config()), 0, "no call was seen")
}

// A function was called once, a minute ago. That call alone keeps no replica: the forecast
// knows what follows a first call of other functions, and its probability decides.
func TestLittleEvidenceIsDecidedByTheForecast(t *testing.T) {
	f := quiet()
	f.Evidence, f.Recent = 1, []int32{0, 0, 0, 1}
	check(t, "a next call is unlikely", policy.Decide(start, f, state(1), config()), 0, "release")
	c := config()
	c.CostRatio = 0.02
	check(t, "also where a cold start costs more", policy.Decide(start, f, state(1), c), 0, "release")
	likely := expect(f, 1, 0.04, 0, 0, 0, 1)
	check(t, "a chance of one in 25 is worth it there", policy.Decide(start, likely, state(1), c), 1, "1 warm")
	check(t, "but not at a ratio of one in ten", policy.Decide(start, likely, state(1), config()), 0, "release")
	check(t, "the forecast wants two", policy.Decide(start, expect(f, 1, 0.9, 2, 2, 2, 2), state(1), config()), 2, "2 warm")
}

func TestNoDataIsNotZero(t *testing.T) {
	f := quiet()
	f.Recent = []int32{0, 0, series.NoData}
	check(t, "unknown last step", policy.Decide(start, f, state(4), config()), 4, "no data: hold")
	f.Recent = nil
	check(t, "nothing known", policy.Decide(start, f, state(4), config()), 4, "no data: hold")
	f = quiet()
	f.InFlight = -1
	check(t, "unknown in flight", policy.Decide(start, f, state(1), config()), 1, "calls in flight is unknown: hold")
	check(t, "a forecast that ended an hour ago", policy.Decide(start.Add(2*time.Hour), quiet(), state(4), config()), 4, "older than it looks ahead: hold")
}

func TestScaleInWaitsForCallsInFlight(t *testing.T) {
	f := quiet()
	f.InFlight = 1
	check(t, "one call runs", policy.Decide(start, f, state(1), config()), 1, "the calls in flight need 1")
	f.InFlight = 5
	s := state(8)
	s.Concurrency = 2
	check(t, "five calls, two per replica", policy.Decide(start, f, s, config()), 4, "limited to 4 by the scale-down rate")
	s.Current = 5
	check(t, "five calls, two per replica", policy.Decide(start, f, s, config()), 3, "the calls in flight need 3")
	f.InFlight, f.Recent = 0, []int32{2}
	check(t, "the last step needed two, but its calls have ended", policy.Decide(start, f, state(3), config()), 1, "release")
}

func TestReplicasThatOthersRaisedAreHeldForAStep(t *testing.T) {
	s := state(2)
	s.Raised = true
	check(t, "a call woke the function after the last step", policy.Decide(start, quiet(), s, config()), 2, "raised it since the last step: hold")
	s.Raised = false
	check(t, "a step later", policy.Decide(start, quiet(), s, config()), 1, "release")
}

func TestAReplicaIsKeptIfItCouldNotBeReadyAgain(t *testing.T) {
	f := expect(quiet(), 4, 0.9, 1, 1, 1, 1)
	s := state(1)
	s.Readiness = 90 * time.Second // the lookahead ends before step 4, but a new start would end in it
	check(t, "warm", policy.Decide(start, f, s, config()), 1, "before a replica released now could be ready again")
	s.Current = 0
	check(t, "cold", policy.Decide(start, f, s, config()), 0, "release")
}

func TestLimitsAreHonouredAndNamed(t *testing.T) {
	s := state(1)
	s.Min, s.Max = 1, 5
	check(t, "idle, but one replica is the minimum", policy.Decide(start, quiet(), s, config()), 1, "at least 1 by the function's limits")
	f := expect(quiet(), 1, 1, 9, 9, 9, 9)
	check(t, "above the maximum", policy.Decide(start, f, s, config()), 5, "at most 5 by the function's limits")
	c := config()
	c.MaxUp = 3
	check(t, "above the rate of scale-up", policy.Decide(start, f, s, c), 3, "scale-up rate")
	s = state(0)
	s.MinActive = 2
	check(t, "scale.min is the minimum of an active function", policy.Decide(start, expect(quiet(), 1, 1, 1, 1, 1, 1), s, config()), 2, "at least 2")
}
