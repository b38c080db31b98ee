package series_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/series"
)

// The length of runs follows from how often a list changes.
func TestRunsAreAsLongAsAListChanges(t *testing.T) {
	for _, c := range []struct{ values, runs []int32 }{
		{nil, nil},
		{make([]int32, 60), []int32{-60}},
		{[]int32{0, 0, 1, 1, 1, 2}, []int32{-2, 1, -2, 2}},
		{[]int32{3, 0, 0, 0, 3}, []int32{3, 0, -2, 3}},
		{[]int32{math.MaxInt32, math.MaxInt32}, []int32{math.MaxInt32, -1}},
	} {
		if got := series.Runs(c.values); !slices.Equal(got, c.runs) {
			t.Errorf("%v: got %v, want %v", c.values, got, c.runs)
		}
		if got, err := series.FromRuns("x", c.runs, 60); err != nil || !slices.Equal(got, c.values) {
			t.Errorf("%v: came back as %v (%v), want %v", c.runs, got, err, c.values)
		}
	}
}

// Runs from outside are refused before they take the memory of their steps.
func TestTheStepsOfRunsAreBounded(t *testing.T) {
	for want, runs := range map[string][]float32{
		"x[0] must be at least 0, or a whole number of steps down to -60, was: -61":    {-61},
		"x[1] must be at least 0, or a whole number of steps down to -60, was: -0.5":   {1, -0.5},
		"x[0] must be at least 0, or a whole number of steps down to -60, was: -Inf":   {float32(math.Inf(-1))},
		"x[0] must be at least 0, or a whole number of steps down to -60, was: -1e+30": {-1e30},
		"x must have at most 60 steps, had: 61 or more":                                {-60, 1},
		"x must have at most 60 steps, had: 80 or more":                                {-40, -40, -60},
	} {
		if got, err := series.FromRuns("x", runs, 60); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, %v, want %s", runs, got, err, want)
		}
	}
}

// FuzzRuns takes any bytes as values, and as runs.
func FuzzRuns(f *testing.F) {
	f.Add([]byte{0, 0, 7, 7, 7, 0})
	f.Add([]byte{200, 1, 255})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var values []int32
		var loads, runs []float32
		for _, b := range bytes {
			values, loads, runs = append(values, int32(b)), append(loads, float32(b)/7), append(runs, float32(int8(b)))
		}
		if got, err := series.FromRuns("x", series.Runs(values), len(values)); err != nil || !slices.Equal(got, values) {
			t.Errorf("got %v (%v), want %v", got, err, values)
		}
		if got, err := series.FromRuns("x", series.Runs(loads), len(loads)); err != nil || !slices.Equal(got, loads) {
			t.Errorf("got %v (%v), want %v", got, err, loads)
		}
		if got, err := series.FromRuns("x", runs, 240); err == nil && len(got) > 240 {
			t.Errorf("%v: got %d steps", runs, len(got))
		}
	})
}
