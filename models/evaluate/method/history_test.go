package method

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// Property: with a bound of n steps, other counts in older steps change no forecast
// of a baseline, of a part of the model, of an ablation or of the whole model. The
// mean duration of a call is that of the trace and does not depend on counts.
func TestNoForecastSeesBeyondTheHistory(t *testing.T) {
	m, rng := model(t), rand.New(rand.NewPCG(8, 9))
	for range 12 {
		for _, steps := range []int{3, 4, 30, 180, 700} {
			tr := mixed(900+rng.IntN(600), rng)
			counts, at := tr.Functions[0].Counts, 720+rng.IntN(100)
			for m := at - steps; m < at; m++ {
				counts[m] = max(counts[m], 0)
			}
			pick := func() Origin {
				for _, o := range Within(Origins(tr, tr.Functions[0], 1), steps) {
					if o.Minute == at {
						return o
					}
				}
				t.Fatalf("no origin at %d", at)
				return Origin{}
			}
			want := contents(t, m, pick())
			for minute := range at - steps {
				counts[minute] = int32(rng.IntN(4)) * 7
				if rng.IntN(9) == 0 {
					counts[minute] = series.NoData
				}
			}
			for i, got := range contents(t, m, pick()) {
				if got != want[i] {
					t.Fatalf("%d steps before minute %d: %s depends on older ones", steps, at, got.method)
				}
			}
		}
	}
}

// A bound of three steps leaves three: the window ends at the origin as before, and a
// call in the third step is seen by the moving average.
func TestHistoryHoldsEveryStepOfItsBound(t *testing.T) {
	tr := mixed(400, rand.New(rand.NewPCG(1, 2)))
	counts := tr.Functions[0].Counts
	copy(counts[197:], []int32{1, 0, 0})
	origins := Origins(tr, tr.Functions[0], 20)
	for _, o := range Within(origins, 3) {
		if w := o.Window; len(w.Counts) != 3 || len(w.BusySeconds) != 3 || w.End() != int64(o.Minute)*60 {
			t.Errorf("minute %d: %d counts, %d durations, end %d", o.Minute, len(w.Counts), len(w.BusySeconds), w.End())
		}
		if o.Minute == 200 && movingAverage(&o.Window).Active[0] != float32(1.0/3) {
			t.Errorf("one of three steps is active, forecast %v", movingAverage(&o.Window).Active[0])
		}
	}
	if w := origins[1].Window; len(w.Counts) != 200 {
		t.Errorf("the original has %d counts left", len(w.Counts))
	}
}

// A bound of a day is the window itself: each forecast is the same to the last bit.
func TestHistoryOfADayIsTheWholeWindow(t *testing.T) {
	m, tr := model(t), mixed(1700, rand.New(rand.NewPCG(3, 4)))
	origins := Origins(tr, tr.Functions[0], 300)
	bounded := Within(origins, feature.MaxHistory)
	if !reflect.DeepEqual(bounded, origins) {
		t.Fatal("the windows differ")
	}
	for i := range origins {
		want := contents(t, m, origins[i])
		for k, got := range contents(t, m, bounded[i]) {
			if got != want[k] {
				t.Errorf("minute %d: another forecast of %s", origins[i].Minute, got.method)
			}
		}
	}
}

// Of the last three steps before minute 200 one is unknown: with a bound of three
// steps there is no origin, with four there is one.
func TestOriginsKnowTheirHistory(t *testing.T) {
	tr := mixed(400, rand.New(rand.NewPCG(1, 2)))
	copy(tr.Functions[0].Counts[194:], []int32{0, 0, 0, 0, series.NoData, 0})
	for steps, want := range map[int]bool{3: false, 4: true, 180: true} {
		origins, found := Known(Origins(tr, tr.Functions[0], 1), steps), false
		for _, o := range origins {
			found = found || o.Minute == 200
			if known := o.Window.Tail(steps).Known(); known < forecast.MinKnown {
				t.Errorf("%d steps before minute %d: %d are known", steps, o.Minute, known)
			}
		}
		if found != want {
			t.Errorf("%d steps: an origin at 200: %v", steps, found)
		}
	}
}
