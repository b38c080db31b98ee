package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// The quantiles of the need come from a forest, whose logits may be of any order, and are
// interpolated twice. Whatever the forest answers, for any load of a call, they are numbers
// and ascend with their level, at every horizon.
func TestQuantilesOfTheNeedAscendForAnyForest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	pick := func(values ...float64) float64 { return values[rng.IntN(len(values))] }
	for range 5_000 {
		n := needs{rows: make([]float32, thresholds*feature.VolumeColumns)}
		counts := make([]int32, 200)
		for i := range counts {
			if rng.IntN(3) == 0 {
				counts[i] = int32(pick(0, 1, 3, 1e3, 1e6, math.MaxInt32) * rng.Float64())
			}
		}
		n.volume.Read(counts, 0)
		n.plan(pick(1e-60, 1e-15, 1e-6, 0.01, 0.9, 1, 1.1, 100, 1e5, math.MaxInt32))
		for k := range knots {
			scale := pick(0, 0.01, 0.3, 2, 20)
			for i := range n.logit {
				n.logit[i] = float32(min(max(pick(-5, -3, -2, 0, 5)+scale*rng.NormFloat64(), -feature.MaxLogit), feature.MaxLogit))
			}
			n.quantiles(k, pick(0, 1e-9, 0.01, 0.1, 0.5, 1))
		}
		for h := range event.Horizons {
			var at [len(event.Quantiles)]int32
			for q := range at {
				at[q] = n.replicasAt(h+1, q)
			}
			if at[0] < 1 || !slices.IsSorted(at[:]) {
				t.Fatalf("horizon %d: %v of %v at the knots, thresholds %v", h+1, at, n.replicas, n.threshold[:n.used])
			}
		}
	}
}

// A replica for less than a call of a day, and one for a hundredth of the smallest number: the
// load of one call stays finite, so that no quantile is computed from infinities.
func TestTheLoadOfACallIsFinite(t *testing.T) {
	for _, duration := range []float64{0, 1e-45, 30, 1e30, math.MaxFloat32} {
		for _, concurrency := range []float64{5e-324, 1e-300, 1, 1e6} {
			s := &scratch{duration: duration, load: []float64{0}}
			if _, load := s.perCall(series.Window{StepSeconds: 60, Counts: []int32{1}}, concurrency); !(load >= 0 && load <= math.MaxInt32) {
				t.Errorf("%v s, %v at a time: got %v", duration, concurrency, load)
			}
		}
	}
}
