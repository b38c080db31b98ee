package forecast

import (
	"math"
	"testing"

	"prewarm/shared/event"
)

// exponential returns needs with a probability of 2^-k of more than k replicas.
func exponential(levels ...float64) *needs {
	n := &needs{}
	for i, k := range levels {
		n.threshold[i] = k
		p := math.Pow(2, -k)
		n.logit[i] = float32(math.Log(p / (1 - p)))
		n.used++
	}
	return n
}

// P(need > k) is below 0.1 from 4 replicas on, below 0.05 from 5, below 0.01
// from 7.
func TestNeedIsTheFewestThatAreEnough(t *testing.T) {
	n := exponential(1, 2, 3, 4, 5, 6, 7, 8)
	n.quantiles(0, 1)
	n.quantiles(1, 1)
	for q, want := range [len(event.Quantiles)]int32{1, 4, 5, 7} {
		if got := n.replicasAt(1, q); got != want {
			t.Errorf("quantile %v: got %d replicas, want %d", event.Quantiles[q], got, want)
		}
	}
}

func TestNeedGoesOnBeyondTheLastLevel(t *testing.T) {
	n := exponential(1, 2, 3)
	n.quantiles(0, 1)
	if got := n.replicas[0][3]; got <= 3 || got > 81 {
		t.Errorf("the 0.99 quantile of what was asked up to 3 only: %v", got)
	}
}

// The forest's predictions are not monotone, and the chance of more than some replicas
// cannot exceed that of any call.
func TestNeedQuantilesAreMonotone(t *testing.T) {
	n := exponential(1, 2, 3, 4)
	n.logit = [thresholds]float32{-1, 3, -2, 5}
	n.quantiles(0, 0.3)
	for i := 1; i < n.used; i++ {
		if n.logit[i] > n.logit[i-1] || n.logit[0] > -0.8 {
			t.Errorf("chances %v", n.logit[:n.used])
		}
	}
	for q := 1; q < len(event.Quantiles); q++ {
		if n.replicas[0][q] < n.replicas[0][q-1] {
			t.Errorf("quantiles %v", n.replicas[0])
		}
	}
}

func TestPlannedLevelsRise(t *testing.T) {
	for _, perCall := range []float64{0.001, 0.02, 0.5, 3, 1000} {
		var n needs
		counts := make([]int32, 180)
		for i := range counts {
			counts[i] = int32(i % 60)
		}
		n.volume.Read(counts, 0)
		n.plan(perCall)
		if n.used == 0 || n.threshold[0] < 1 || n.threshold[n.used-1] <= 59*perCall {
			t.Errorf("%v per call: levels %v", perCall, n.threshold[:n.used])
		}
		for i := 1; i < n.used; i++ {
			if n.threshold[i] <= n.threshold[i-1] {
				t.Errorf("%v per call: levels %v", perCall, n.threshold[:n.used])
			}
		}
	}
}
