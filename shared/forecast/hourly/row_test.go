package hourly

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// named returns the row about counts by the names of its columns.
func named(t *testing.T, counts []int32) map[string]float64 {
	t.Helper()
	var x [Columns]float32
	NewReader(madeUp(t)).Read(x[:], counts, 0)
	row := map[string]float64{}
	for i, name := range ColumnNames() {
		row[name] = float64(x[i])
	}
	if len(row) != Columns {
		t.Fatalf("%d columns have %d names", Columns, len(row))
	}
	return row
}

// TestTheColumnsAreThoseOfTheirNames: two hours without a call, two with one every half
// hour, one with a call every quarter, all further apart than the keep-alive.
func TestTheColumnsAreThoseOfTheirNames(t *testing.T) {
	row := named(t, slices.Concat(make([]int32, 2*Hour), everySteps(30, 2*Hour), everySteps(15, Hour)))
	for name, want := range map[string]float64{"cold of last hour": 4, "cold of hour before": 2} {
		if row[name] != want {
			t.Errorf("%s: got %v, want %v", name, row[name], want)
		}
	}
	if all := row["cold of all"]; math.Abs(all-8./5) > 0.1 { // whether the first call is one is not known
		t.Errorf("cold of all: got %v", all)
	}
	if own, smoothed := row["cold by renewal of own gaps"], row["cold by renewal"]; !(own > smoothed && smoothed > 2) {
		t.Errorf("of gaps of 15 and 30 steps: got %v, and %v beside pooled ones of 30", own, smoothed)
	}
}

func TestTheForestHasItsWeight(t *testing.T) {
	m, counts := madeUp(t), everySteps(20, 3*Hour)
	var x [Columns]float32
	NewReader(m).Read(x[:], counts, 0)
	forest := float64(m.Forest.Predict(make([]float32, 1), x[:])[0])
	for _, weight := range []float32{0, 0.25, 1} {
		m.ForestWeight = weight
		e := NewReader(m).function(counts, 0)
		if want := bound(e.Adapted + float64(weight)*(forest-e.Adapted)); math.Abs(e.Refined-want) > 1e-6 || e.Adapted == forest {
			t.Errorf("with a weight of %v: got %v, want %v between %v and %v", weight, e.Refined, want, e.Adapted, forest)
		}
	}
}

// TestRestsAreLongerThanTheKeepAlive: of gaps of 5, 20 and 40 steps the first is within
// the keep-alive.
func TestRestsAreLongerThanTheKeepAlive(t *testing.T) {
	counts := make([]int32, 100)
	for _, at := range []int{10, 15, 35, 75} {
		counts[at] = 1
	}
	var c feature.Gaps
	c.Read(counts)
	if mean, variation := c.Moments(forecast.KeepAlive); mean != 30 || math.Abs(variation-1./3) > 1e-12 {
		t.Errorf("mean %v, variation %v, want 30 and 1/3", mean, variation)
	}
	c.Read(make([]int32, 100))
	if mean, variation := c.Moments(forecast.KeepAlive); mean != 0 || variation != 0 {
		t.Errorf("without a gap: mean %v, variation %v", mean, variation)
	}
}
