package seconds

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is added in any order comes in the order of time, and a cut keeps what comes first.
func TestTheEarliestComesFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var table timetable
	var want []float64
	for range 200 {
		at := math.Round(50 * rng.Float64())
		table.add(at)
		want = append(want, at)
	}
	slices.Sort(want)
	table.truncate(150)
	for i, at := range want[:150] {
		if got := table.next(); got != at {
			t.Fatalf("number %d comes at %v, want %v", i, got, at)
		}
		table.remove()
	}
	if !math.IsInf(table.next(), 1) {
		t.Errorf("%d are left", len(table))
	}
}
