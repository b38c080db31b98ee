package policy_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
)

// The store lags: a part of the last step has no samples yet. The function seems idle.
func TestAProvisionalStepNeverReleases(t *testing.T) {
	f := quiet()
	f.Provisional, f.Estimated = true, []series.Span{{0, 1}}
	check(t, "no call was seen in the measured part", policy.Decide(start, f, state(2), config()), 2, "release; but the last step is not wholly measured yet: hold 2")
	f.Provisional, f.Estimated = false, nil
	check(t, "the next decision knows the step", policy.Decide(start, f, state(2), config()), 1, "release")
}

// The part that was measured is a lower bound, and enough to scale out.
func TestALowerBoundScalesOut(t *testing.T) {
	f := &event.Forecast{Origin: origin, StepSeconds: 60, NoData: "2 known steps, 3 are needed"}
	f.Recent, f.Provisional, f.Estimated = append(make([]int32, 10), 3), true, []series.Span{{10, 11}}
	check(t, "three were needed so far", policy.Decide(start, f, state(1), config()), 3, "keep-alive")
}

func TestReplicasOfThePeakStay(t *testing.T) {
	f, c := quiet(), config()
	c.MaxDown = 100
	f.Peak = 5
	s := state(8)
	s.Concurrency = 2
	check(t, "five calls at a time, two per replica", policy.Decide(start, f, s, c), 3, "the most calls at a time in the last step needed 3")
	check(t, "a peak does not add replicas", policy.Decide(start, f, state(2), c), 2, "needed 2")
	f.Peak = -1
	check(t, "the peak was not measured", policy.Decide(start, f, s, c), 0, "release")
}

// Calls of half a minute come in bursts of two: the load is one replica, and two calls
// are in progress at a time.
func TestTheAverageOfAStepIsNoReasonToGoBelowItsPeak(t *testing.T) {
	f := expect(busy(1, 1, 1, 1, 1, 1), 1, 1, 1, 1, 1, 1)
	f.Peak = 2
	check(t, "two at a time", policy.Decide(start, f, state(2), config()), 2, "1 warm by the forecast's quantiles and the function's own history; but the most calls at a time in the last step needed 2")
}

// Calls of a gap were measured together and divided among its steps: a measurement.
func TestASpreadStepMayRelease(t *testing.T) {
	f := quiet()
	f.Recent, f.Estimated = []int32{1, 0, 0}, []series.Span{{1, 3}}
	d := policy.Decide(start, f, state(1), config())
	check(t, "idle since the gap", d, 0, "release")
	if want := []int32{1, -1, -1}; !slices.Equal(d.Inputs.Settled, want) {
		t.Errorf("settled needs: got %v, want %v", d.Inputs.Settled, want)
	}
}

func TestTheNoteOfAWindowIsPartOfTheReason(t *testing.T) {
	f := quiet()
	f.Note = "gateway_function_invocation_started is missing"
	check(t, "known step", policy.Decide(start, f, state(0), config()), 0, "release; gateway_function_invocation_started is missing")
	f.Recent = []int32{series.NoData}
	check(t, "unknown step", policy.Decide(start, f, state(1), config()), 1, "the last step has no data (gateway_function_invocation_started is missing): hold")
	if d := policy.Decide(start, f, state(1), config()); strings.Count(d.Reason, f.Note) != 1 {
		t.Errorf("the note is there twice: %s", d.Reason)
	}
}

// The inputs have the needs that a ledger can score, the newest last.
func TestSettledNeedsAreThoseThatWereMeasured(t *testing.T) {
	f := quiet()
	f.Recent = []int32{9, 1, 2, series.NoData, 4, 5}
	f.Estimated, f.Provisional = []series.Span{{1, 2}, {5, 6}}, true
	if got, want := policy.Decide(start, f, state(1), config()).Inputs.Settled, []int32{-1, 2, -1, 4, -1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	f.Recent, f.Estimated, f.Provisional = []int32{7}, nil, false
	if got := policy.Decide(start, f, state(1), config()).Inputs.Settled; !slices.Equal(got, []int32{7}) {
		t.Errorf("got %v", got)
	}
}

// randomForecast returns any forecast that a message may hold, with absences in it.
func randomForecast(r *rand.Rand) *event.Forecast {
	f := quiet()
	f.Evidence, f.InFlight, f.Peak, f.Provisional = r.IntN(6), r.IntN(5)-1, r.IntN(8)-1, r.IntN(3) == 0
	for h := range 1 + r.IntN(4) {
		expect(f, h+1, event.Prob(r.Float64()*r.Float64()), 0, int32(r.IntN(2)), int32(1+r.IntN(2)), int32(2+r.IntN(4)))
	}
	f.Recent = nil
	for range r.IntN(30) {
		need := int32(max(0, r.IntN(8)-4))
		if r.IntN(6) == 0 {
			need = series.NoData
		}
		f.Recent, f.RecentLoad = append(f.Recent, need), append(f.RecentLoad, event.Load(max(0, need)))
	}
	f.Estimated = series.Spans(len(f.Recent), func(int) bool { return r.IntN(4) == 0 })
	if r.IntN(3) == 0 {
		*f = event.Forecast{Function: f.Function, Origin: origin, StepSeconds: 60, NoData: "not enough steps", Observation: f.Observation}
	}
	return f
}

// Whatever a message holds: what was not measured is never a reason to scale in.
func TestNothingIsReleasedOnWhatWasNotMeasured(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	released := 0
	for range 50_000 {
		f, s := randomForecast(r), state(r.IntN(12))
		s.Concurrency, s.Readiness = 0.5+r.Float64()*3, time.Duration(r.IntN(300))*time.Second
		d := policy.Decide(start.Add(time.Duration(r.IntN(200))*time.Second), f, s, config())
		unknown := len(f.Recent) == 0 || f.Recent[len(f.Recent)-1] == series.NoData
		served := min(s.Current, int(math.Ceil(float64(max(0, f.InFlight, f.Peak))/s.Concurrency)))
		switch {
		case d.Wanted < s.Current && (unknown || f.Provisional || f.InFlight < 0):
			t.Fatalf("from %d to %d because %q, on %+v", s.Current, d.Wanted, d.Reason, f.Observation)
		case d.Wanted < served:
			t.Fatalf("from %d to %d below the %d that served calls, because %q", s.Current, d.Wanted, served, d.Reason)
		case d.Wanted < s.Current:
			released++
		}
	}
	if released < 1000 {
		t.Errorf("only %d of the random forecasts release replicas: the test says little", released)
	}
}
