package series_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/series"
)

func TestTailKeepsTheEnd(t *testing.T) {
	w := series.Window{StepSeconds: 60, Start: 600, Counts: []int32{1, 2, 3, 4}, BusySeconds: []float32{1, 2, 3, 4}}
	tail := w.Tail(2)
	if tail.End() != w.End() || tail.Start != 720 || tail.Counts[0] != 3 || tail.BusySeconds[0] != 3 {
		t.Errorf("got %+v", tail)
	}
	w.Running, w.Spread, w.AtLeast = []float32{1, 2, 3, -1}, []series.Span{{0, 1}, {2, 4}}, []series.Span{{1, 3}}
	tail = w.Tail(2)
	if tail.Running[0] != 3 || !slices.Equal(tail.Spread, []series.Span{{0, 2}}) || !slices.Equal(tail.AtLeast, []series.Span{{0, 1}}) {
		t.Errorf("got %+v", tail)
	}
	if got := w.Tail(9); got.Start != w.Start || len(got.Counts) != 4 {
		t.Errorf("a tail longer than the window is the window itself, got %+v", got)
	}
}

func TestMeanDurationIgnoresUnknownSteps(t *testing.T) {
	w := series.Window{StepSeconds: 60, Counts: []int32{2, series.NoData, 2}, BusySeconds: []float32{3, 0, 1}}
	if got := w.MeanDuration(); got != 1 {
		t.Errorf("4 s over 4 calls is 1 s, got %v", got)
	}
	if got := w.Known(); got != 2 {
		t.Errorf("two steps are known, got %d", got)
	}
}

// Calls take 0.1 s, but 20 s during an incident of one hour. It does not change the mean
// duration, since it has less than half of the calls. A window of few calls has the plain
// mean instead: they are too few to tell an incident from a slow function.
func TestAnIncidentDoesNotChangeTheDuration(t *testing.T) {
	w := series.Window{StepSeconds: 60}
	for i := range 240 {
		w.Counts = append(w.Counts, int32(i%7))
		seconds := 0.1
		if i >= 100 && i < 160 {
			seconds = 20
		}
		w.BusySeconds = append(w.BusySeconds, float32(float64(i%7)*seconds))
	}
	if got := w.MeanDuration(); math.Abs(got-0.1) > 1e-6 {
		t.Errorf("a call takes %v s, want 0.1", got)
	}
	few := w.Tail(3)
	few.BusySeconds[1] = 60
	if got, calls, busy := few.MeanDuration(), few.Counts[0]+few.Counts[1]+few.Counts[2], few.BusySeconds[0]+60+few.BusySeconds[2]; math.Abs(got-float64(busy)/float64(calls)) > 1e-6 {
		t.Errorf("of %d calls the mean is %v, got %v", calls, busy/float32(calls), got)
	}
}

// If all calls take the same time, that time is the mean duration, however the calls are
// distributed over the steps: some steps have none or no data, a few have most of them.
func TestEqualCallsHaveTheirOwnDuration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		w := series.Window{StepSeconds: 60}
		for range 1 + rng.IntN(400) {
			n := int32(rng.IntN(4)-1) * int32(1+rng.IntN(30))
			if rng.IntN(50) == 0 {
				n = 100_000
			}
			w.Counts = append(w.Counts, max(n, series.NoData))
			w.BusySeconds = append(w.BusySeconds, float32(max(n, 0))*0.25)
		}
		w.Counts[0], w.BusySeconds[0] = 3, 0.75
		if got := w.MeanDuration(); math.Abs(got-0.25) > 1e-6 {
			t.Fatalf("duration %v, want 0.25, of %v", got, w.Counts)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	good := func() series.Window {
		return series.Window{StepSeconds: 60, Start: 60, Counts: []int32{1, -1, 0}, Errors: []int32{0, 0, 0}, BusySeconds: []float32{0, 0, 0}}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*series.Window){
		"step_seconds":    func(w *series.Window) { w.StepSeconds = 0 },
		"start":           func(w *series.Window) { w.Start = 61 },
		"counts must":     func(w *series.Window) { w.Counts = nil },
		"counts[1]":       func(w *series.Window) { w.Counts[1] = -2 },
		"errors must":     func(w *series.Window) { w.Errors = w.Errors[:1] },
		"errors[2]":       func(w *series.Window) { w.Errors[2] = -1 },
		"busy_seconds mu": func(w *series.Window) { w.BusySeconds = w.BusySeconds[:1] },
		"busy_seconds[0]": func(w *series.Window) { w.BusySeconds[0] = float32(math.NaN()) },
		"running must":    func(w *series.Window) { w.Running = []float32{1} },
		"running[1]":      func(w *series.Window) { w.Running = []float32{1, -0.5, -1} },
		"spread[0]":       func(w *series.Window) { w.Spread = []series.Span{{1, 1}} },
		"at_least[1]":     func(w *series.Window) { w.AtLeast = []series.Span{{0, 2}, {2, 3}} },
		"at_least[0]":     func(w *series.Window) { w.AtLeast = []series.Span{{1, 4}} },
	} {
		w := good()
		spoil(&w)
		if err := w.Validate(); !errors.Is(err, series.ErrWindow) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// Three steps were measured together after a gap, and the last one is not over yet.
func TestSpansAreRunsOfSteps(t *testing.T) {
	marked := []bool{false, true, true, true, false, true}
	spans := series.Spans(len(marked), func(i int) bool { return marked[i] })
	if got := series.SpansOf(marked, true); !slices.Equal(got, spans) {
		t.Errorf("got %v, want %v", got, spans)
	}
	if !slices.Equal(spans, []series.Span{{1, 4}, {5, 6}}) {
		t.Errorf("got %v", spans)
	}
	for i, want := range marked {
		if series.Within(spans, i) != want {
			t.Errorf("step %d: want %v", i, want)
		}
	}
	w := series.Window{Counts: make([]int32, 6), AtLeast: spans}
	if !w.Provisional() || w.Tail(1).AtLeast[0] != (series.Span{0, 1}) {
		t.Errorf("the last step is provisional in %+v", w)
	}
	if w.AtLeast = spans[:1]; w.Provisional() {
		t.Errorf("the last step is measured in %+v", w)
	}
}
