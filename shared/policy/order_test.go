package policy

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// More replicas are never needed with a higher probability, and a higher cost ratio never
// keeps more, for any forecast that is valid.
func TestMoreReplicasAreExceededLess(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for range 300 {
		f := randomForecast(rng)
		r := horizons{rng.IntN(3), 4 + rng.IntN(50)}
		before := r.pMore(f, 0)
		for k := range 60 {
			more := r.pMore(f, k)
			if more > before || !(more >= 0 && more <= 1) {
				t.Fatalf("P(need > %d) = %v, P(need > %d) = %v", k, more, k-1, before)
			}
			before = more
		}
		last := r.replicas(f, MostRatio)
		for ratio := 0.95; ratio > 1e-4; ratio *= 0.9 {
			k := r.replicas(f, ratio)
			if k < last {
				t.Fatalf("%d replicas at a cost ratio of %v, %d at a higher one", k, ratio, last)
			}
			last = k
		}
	}
}

// randomForecast returns a forecast with any probabilities and ascending quantiles.
func randomForecast(rng *rand.Rand) *event.Forecast {
	f := &event.Forecast{StepSeconds: 60}
	scale := 1 + rng.IntN(1000)
	for range event.Horizons {
		needs := make([]int32, 4)
		for i := range needs {
			needs[i] = int32(rng.IntN(scale))
		}
		slices.Sort(needs)
		f.PActive = append(f.PActive, event.Prob(rng.Float64()))
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, needs[0]), append(f.NeedQ90, needs[1])
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, needs[2]), append(f.NeedQ99, needs[3])
	}
	return f
}
