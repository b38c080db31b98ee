package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
)

// crps returns the CRPS of a distribution with masses on points by its other
// definition, E|X - observed| - E|X - X'|/2 with X and X' independent draws.
func crps(points, masses [4]float64, observed float64) float64 {
	sum := 0.0
	for i, x := range points {
		sum += masses[i] * math.Abs(x-observed)
		for j, y := range points {
			sum -= masses[i] * masses[j] * math.Abs(x-y) / 2
		}
	}
	return sum
}

// Property: the CRPS by quantiles equals that of the masses which LossSums.Add
// names.
func TestCRPSEqualsItsOtherDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var q [4]float64
		at := 0.0
		for i := range q {
			at += float64(rng.IntN(4))
			q[i] = at
		}
		observed := float64(rng.IntN(14))
		var l LossSums
		l.Add(q, observed)
		if want := crps(q, [4]float64{0.7, 0.225, 0.045, 0.03}, observed); !near(l.CRPS, want) {
			t.Fatalf("quantiles %v, observed %v: got %v, want %v", q, observed, l.CRPS, want)
		}
	}
}

// A quantile that is one too low costs its level q, one that is one too high
// costs 1 - q.
func TestPinballLossOfBothSides(t *testing.T) {
	var l LossSums
	l.Add([4]float64{2, 2, 2, 2}, 3)
	for i, q := range event.Quantiles {
		if !near(l.Pinball[i], q) {
			t.Errorf("one too low at level %v: loss %v", q, l.Pinball[i])
		}
	}
	l.Join(func() (o LossSums) { o.Add([4]float64{2, 2, 2, 2}, 1); return }())
	pinball, score := l.Mean()
	for i, v := range pinball {
		if !near(v, 0.5) {
			t.Errorf("mean at level %v: %v", event.Quantiles[i], v)
		}
	}
	if !near(score, 1) {
		t.Errorf("CRPS of quantiles that are one off: %v", score)
	}
}
