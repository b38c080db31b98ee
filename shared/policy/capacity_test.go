package policy_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

// resize adds a load test to f. Calls take 40 ms, one at a time: 25 per second by
// Little's law. The load test, from 2 calls per second on, found that one, two and three
// replicas carry 10, 25 and 45.
func resize(f *event.Forecast) *event.Forecast {
	f.LoadRate = 25
	f.Capacity = &event.Capacity{Model: "resize 1", From: 2, Carry: []float64{10, 25, 45}}
	return f
}

// steady returns a forecast that is sure of calls, after two hours of the same load. Its
// quantiles are the replicas that a little more would need.
func steady(load event.Load) *event.Forecast {
	need := int32(math.Floor(float64(load))) + 1
	f := expect(quiet(), 1, 1, need, need, need, need)
	f.Recent, f.RecentLoad, f.LoadRate = nil, nil, 25
	for range 120 {
		f.Recent = append(f.Recent, int32(max(1, math.Ceil(float64(load)))))
		f.RecentLoad = append(f.RecentLoad, load)
	}
	return f
}

func TestALoadTestDeterminesTheReplicasOfALoad(t *testing.T) {
	for _, c := range []struct {
		cause         string
		load          event.Load
		byLaw, byTest int
		why           string
	}{
		{"8 calls/s", 0.32, 1, 1, "; each of 1 carries 10 calls/s by load test (resize 1)"},
		{"20 calls/s are too many for one", 0.8, 1, 2, "; each of 2 carries 12.5 calls/s by load test (resize 1)"},
		{"40 calls/s", 1.6, 2, 3, "; each of 3 carries 15 calls/s by load test (resize 1)"},
		{"50 calls/s are above the load test", 2, 2, 4, "; each of 4 carries at most 15 calls/s by load test (resize 1), which went up to 3"},
		{"200 calls/s are 15 for each of 14", 8, 8, 14, "; each of 14 carries at most 15 calls/s by load test (resize 1), which went up to 3"},
	} {
		f := steady(c.load)
		check(t, c.cause, policy.Decide(start, f, state(9), config()), max(c.byLaw, 4), "; each carries 25 calls/s by Little's law")
		got := policy.Decide(start, resize(f), state(c.byTest), config())
		check(t, c.cause, got, c.byTest, c.why)
		if w := policy.Wanted(start, f, state(c.byTest), config()); w != got.Wanted {
			t.Errorf("%s: Wanted returns %d, Decide %d", c.cause, w, got.Wanted)
		}
	}
}

func TestTheInputsStateWhatAReplicaCarries(t *testing.T) {
	in := policy.Decide(start, resize(steady(0.8)), state(2), config()).Inputs
	if in.CallsPerReplica != 12.5 || in.CapacityModel != "resize 1" || in.RecentNeed != 2 { // Little's law gives 1
		t.Errorf("got %+v", in)
	}
	in = policy.Decide(start, steady(0.8), state(1), config()).Inputs
	if in.CallsPerReplica != 25 || in.CapacityModel != "" {
		t.Errorf("got %+v", in)
	}
}

// Bursts of 1.6 replicas by Little's law came before the recent steps. The load test found
// that they take three.
func TestEarlierStepsAreRestatedByTheLoadTest(t *testing.T) {
	f := resize(expect(quiet(), 1, 1, 2, 2, 2, 2))
	for ago := 1300; ago > len(f.Recent); ago -= 150 {
		f.Earlier = append(f.Earlier, event.Occurrence{Ago: ago, Need: 2, Load: 1.6})
	}
	if got := policy.Decide(start, f, state(0), config()); got.Wanted != 3 {
		t.Errorf("%d replicas, want 3: %s", got.Wanted, got.Reason)
	}
	if f.Earlier[0].Need != 2 || f.Earlier[0].Load != 1.6 {
		t.Errorf("the forecast has changed: %+v", f.Earlier[0])
	}
}

// The quantiles of a forecast are in replicas by Little's law. Two of them stand for loads
// from 1 to 2, or 37.5 calls per second in the middle.
func TestQuantilesAreRestatedByTheLoadTest(t *testing.T) {
	f := resize(expect(quiet(), 1, 1, 1, 2, 2, 2))
	check(t, "37.5 calls/s", policy.Decide(start, f, state(3), config()), 3, "3 warm by the forecast's quantiles")
}

func TestKeepAliveCountsTheReplicasOfTheLoadTest(t *testing.T) {
	f := resize(quiet())
	f.NoData = "the last steps are unknown"
	f.Recent = []int32{1, 0, 0, 0, 0, 0, 0, 0, 0, series.NoData, 0}
	f.RecentLoad = []event.Load{0.9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	check(t, "22.5 calls/s eleven steps ago", policy.Decide(start, f, state(2), config()), 2, "9 of its 10 steps are known; each of 2 carries")
	f.Recent[9] = 1
	f.RecentLoad[9] = 0.9
	check(t, "22.5 calls/s two steps ago", policy.Decide(start, f, state(2), config()), 2, "keep-alive of 10 steps; each of 2 carries 12.5 calls/s by load test")
}

func TestALoadTestIsNotUsedIfTheDurationIsUnknown(t *testing.T) {
	f := resize(steady(0.8))
	f.LoadRate = 0
	check(t, "no duration", policy.Decide(start, f, state(1), config()), 1, "; by Little's law, for calls of unknown duration")
}

func TestADecisionDoesNotChangeItsForecast(t *testing.T) {
	f, same := resize(steady(0.8)), resize(steady(0.8))
	policy.Decide(start, f, state(1), config())
	if !reflect.DeepEqual(f, same) {
		t.Error("the forecast was changed")
	}
}

func TestTheReasonOfAReleaseStatesNoCapacity(t *testing.T) {
	if d := policy.Decide(start, resize(quiet()), state(1), config()); d.Wanted != 0 || strings.Contains(d.Reason, "carries") {
		t.Errorf("got %+v", d)
	}
}

// The owner says that each replica carries 45 calls per second, however many there are and
// however long the calls take.
func TestTheOwnersRateDeterminesTheReplicas(t *testing.T) {
	f := steady(2.5) // 112.5 calls per second, in replicas of that rate
	f.LoadRate, f.CarriesBy, f.Concurrency = 45, "com.openfaas.scale.target (rps)", 1
	f.Capacity = event.Stated(45, f.CarriesBy)
	got := policy.Decide(start, f, state(3), config())
	check(t, "rate", got, 3, "; each carries 45 calls/s by com.openfaas.scale.target (rps)")
	if got.Inputs.CallsPerReplica != 45 || got.Inputs.CapacityModel != f.CarriesBy {
		t.Errorf("inputs: %v by %q", got.Inputs.CallsPerReplica, got.Inputs.CapacityModel)
	}
	for n := 1; n < 400; n++ { // beyond any number that was tested
		if got := f.Capacity.Load(45*float64(n), float64(n)); math.Abs(got-float64(n)) > 1e-9 {
			t.Errorf("%d replicas' rate is a load of %v", n, got)
		}
	}
}

func TestTheReasonNamesWhoStatesTheCallsAtATime(t *testing.T) {
	f := steady(0.8)
	f.CarriesBy, f.Concurrency = "com.openfaas.scale.target (capacity)", 4.5
	got := policy.Decide(start, f, state(1), config())
	check(t, "calls at a time", got, 1, "; each carries 25 calls/s by Little's law, 4.5 at a time by com.openfaas.scale.target (capacity)")
	if got.Inputs.CallsPerReplica != 25 || got.Inputs.CapacityModel != "" {
		t.Errorf("inputs: %v by %q", got.Inputs.CallsPerReplica, got.Inputs.CapacityModel)
	}
	f.LoadRate = 0
	check(t, "unknown duration", policy.Decide(start, f, state(1), config()), 1, "; each serves 4.5 calls at a time by com.openfaas.scale.target (capacity)")
}

// The labels are read by the collector, and the forecast rests on them. The scaler's own
// number is for messages without one.
func TestCallsInFlightAreDividedByTheConcurrencyOfTheForecast(t *testing.T) {
	f := quiet()
	f.InFlight, f.Concurrency = 9, 4.5
	s := state(5)
	s.Available = 5
	check(t, "4.5 at a time", policy.Decide(start, f, s, config()), 2, "the calls in flight need 2")
	f.Concurrency = 0
	check(t, "an old message", policy.Decide(start, f, s, config()), 5, "the calls in flight need 5")
}
