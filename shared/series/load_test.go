package series_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

func TestNeedFollowsLittlesLaw(t *testing.T) {
	for _, c := range []struct {
		name                  string
		count                 int32
		duration, concurrency float64
		want                  int32
	}{
		{"no call needs nothing", 0, 3, 1, 0},
		{"unknown stays unknown", series.NoData, 3, 1, series.NoData},
		{"one call of unknown duration needs one", 1, 0, 1, 1},
		{"60 s of busy time in a minute fill one replica", 60, 1, 1, 1},
		{"a little more needs a second replica", 61, 1, 1, 2},
		{"four calls at a time need a quarter of the replicas", 240, 1, 4, 1},
		{"a call runs in one replica at a time", 1, 1e9, 1, 1},
		{"an absurd load is bounded and does not overflow", math.MaxInt32, 1e9, 0.01, math.MaxInt32},
	} {
		load := series.Loads(nil, []int32{c.count}, c.duration, 60, c.concurrency)[0]
		if got := series.Need(c.count, load); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// A call of five minutes keeps one replica busy in five steps, not five in one.
func TestALongCallRunsInSeveralSteps(t *testing.T) {
	counts := []int32{0, 1, 0, 0, 0, 0, 0}
	if got, want := series.Loads(nil, counts, 300, 60, 1), []float64{0, 1, 1, 1, 1, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("loads are %v, want %v", got, want)
	}
	if got, want := series.Held(nil, counts, 300, 60, 1), []int32{0, 0, 1, 1, 1, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("held are %v, want %v", got, want)
	}
}

// The calls of a step without data are unknown; those of the steps before run on.
func TestAStepWithoutDataAddsNoCalls(t *testing.T) {
	counts := []int32{2, series.NoData, series.NoData, 4}
	if got, want := series.Loads(nil, counts, 90, 60, 1), []float64{2, 1, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("loads are %v, want %v", got, want)
	}
}

// The loads are those of the sum in the definition, for calls of any length.
func TestLoadsFollowTheirDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		counts := make([]int32, 1+rng.IntN(40))
		for i := range counts {
			counts[i] = int32(max(0, rng.IntN(30)-15))
		}
		d, k := math.Exp(rng.Float64()*12-3), float64(1+rng.IntN(3))
		if rng.IntN(4) == 0 {
			d = 60 * math.Round(d/60)
		}
		loads, held := series.Loads(nil, counts, d, 60, k), series.Held(nil, counts, d, 60, k)
		for m := range counts {
			load, earlier := defined(counts, m, d, k)
			if math.Abs(loads[m]-load) > 1e-9*max(1, load) {
				t.Fatalf("calls of %v s: load[%d] is %v, want %v, of %v", d, m, loads[m], load, counts)
			}
			if h := float64(held[m]); h < earlier-1e-6 || h > earlier+1+1e-6 {
				t.Fatalf("calls of %v s: held[%d] is %v, want %v rounded up, of %v", d, m, h, earlier, counts)
			}
			if held[m] > series.Need(counts[m], loads[m]) {
				t.Fatalf("calls of %v s: %d are held in step %d and fewer needed, of %v", d, held[m], m, counts)
			}
		}
	}
}

// defined returns the load of step m by the definition of Loads, and the part of the
// calls of earlier steps.
func defined(counts []int32, m int, d, k float64) (load, earlier float64) {
	for j := 0; float64(j) < d/60 && j <= m; j++ {
		term := float64(counts[m-j]) * min(1, d/60-float64(j)) / k
		if load += term; j > 0 {
			earlier += term
		}
	}
	return load, earlier
}

func TestLoadsNeedAStepAndConcurrency(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {60, 0}, {-60, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("step %v and concurrency %v were accepted", c[0], c[1])
				}
			}()
			series.Loads(nil, []int32{1}, 1, c[0], c[1])
		}()
	}
}
