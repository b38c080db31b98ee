package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
)

func TestErrorsOfAmounts(t *testing.T) {
	var e Errors
	e.Add(1, 1)
	e.Add(2, 4)
	e.Add(3.5, 4)
	if !near(e.RMSE(), math.Sqrt(4.25/3)) || !near(e.R2(), 1-4.25/6) || !near(e.Within(), 2.0/3) {
		t.Errorf("got %v, %v, %v", e.RMSE(), e.R2(), e.Within())
	}
	var flat Errors
	flat.Add(1, 2)
	if flat.R2() != 0 {
		t.Errorf("R2 of what does not vary: %v", flat.R2())
	}
	twice := flat
	twice.Join(flat, 1)
	var weighted Errors
	if weighted.Join(flat, 2); weighted != twice {
		t.Errorf("twice: %+v and %+v", weighted, twice)
	}
}

// crps is the score of a distribution with masses on points, by its other
// definition: E|X-came| - E|X-X'|/2.
func crps(points, masses [4]float64, came float64) float64 {
	sum := 0.0
	for i, x := range points {
		sum += masses[i] * math.Abs(x-came)
		for j, y := range points {
			sum -= masses[i] * masses[j] * math.Abs(x-y) / 2
		}
	}
	return sum
}

func TestCRPSIsThatOfTheMassesOnTheQuantiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var q [4]float64
		at := 0.0
		for i := range q {
			at += float64(rng.IntN(4))
			q[i] = at
		}
		came := float64(rng.IntN(14))
		var l Losses
		l.Add(q, came)
		if want := crps(q, [4]float64{0.7, 0.225, 0.045, 0.03}, came); !near(l.CRPS, want) {
			t.Fatalf("quantiles %v, came %v: got %v, want %v", q, came, l.CRPS, want)
		}
	}
}

// One too few costs the level, one too many costs what is above it.
func TestPinballChargesTheSideThatTheLevelNames(t *testing.T) {
	var l Losses
	l.Add([4]float64{2, 2, 2, 2}, 3)
	for i, q := range event.Quantiles {
		if !near(l.Pinball[i], q) {
			t.Errorf("too few at %v: %v", q, l.Pinball[i])
		}
	}
	l.Join(func() (o Losses) { o.Add([4]float64{2, 2, 2, 2}, 1); return }())
	pinball, score := l.Mean()
	for i, v := range pinball {
		if !near(v, 0.5) {
			t.Errorf("mean at %v: %v", event.Quantiles[i], v)
		}
	}
	if !near(score, 1) {
		t.Errorf("CRPS of a point that is one off: %v", score)
	}
}
