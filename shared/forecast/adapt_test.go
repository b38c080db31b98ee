package forecast

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/nn/lstm"
	"prewarm/shared/series"
)

// adapted reads counts into a random network and returns the logits before and
// after adaptation, and the adapter.
func adapted(counts []int32, ad Adaptation) (before, after []float32, a *adapter, n *lstm.Network[float32]) {
	n = lstm.New[float32](NetworkShape(7), rand.New(rand.NewPCG(1, 2)))
	r := NewReader(&Model{Network: n})
	r.Read(counts, 0)
	before = append(before, r.s.out[:Outputs]...)
	after = append(after, before...)
	r.s.adapter.apply(after, n, ad, 0, counts)
	return before, after, &r.s.adapter, n
}

// The weights of the supports equal (K + ridge·I)⁻¹·k as gonum solves it.
func TestWeightsSolveTheKernelSystem(t *testing.T) {
	counts := make([]int32, feature.Steps)
	for i := range counts {
		counts[i] = int32(i * i % 3)
	}
	_, _, a, _ := adapted(counts, Adaptation{Gain: 1, Ridge: 0.7})
	k, right := mat.NewDense(supports, supports, nil), mat.NewVecDense(supports, nil)
	for i := range supports {
		for j := range supports {
			k.Set(i, j, kernel(a.state(i, 0), a.state(j, 0)))
		}
		k.Set(i, i, k.At(i, i)+float64(float32(0.7)))
		right.SetVec(i, kernel(a.state(i, 0), a.now[:a.hidden]))
	}
	var want mat.VecDense
	if err := want.SolveVec(k, right); err != nil {
		t.Fatal(err)
	}
	for s, w := range a.weight {
		if math.Abs(w-want.AtVec(s)) > 1e-8 {
			t.Errorf("support %d: weight %v, want %v", s, w, want.AtVec(s))
		}
	}
}

// kernel returns x·y + 1.
func kernel(x, y []float32) float64 {
	sum := float32(1)
	for i, v := range x {
		sum += v * y[i]
	}
	return float64(sum)
}

// The network is untrained; the function is called in three of four steps.
// Adaptation learns that from the function's own history.
func TestAdaptationMovesTowardsTheObservedActivity(t *testing.T) {
	mostly, never := make([]int32, feature.Steps), make([]int32, feature.Steps)
	for i := range mostly {
		mostly[i] = min(1, int32(i%4))
	}
	for _, steps := range []int{12, 40, feature.Steps} {
		before, up, _, _ := adapted(mostly[:steps], Adaptation{Gain: 8, Ridge: 1})
		start, down, _, _ := adapted(never[:steps], Adaptation{Gain: 8, Ridge: 1})
		if !(up[0] > before[0]) || !(down[0] < start[0]) {
			t.Errorf("%d steps: mostly called %v → %v, never called %v → %v", steps, before[0], up[0], start[0], down[0])
		}
	}
}

// A function that is called in half of the known steps is adapted to half as
// much, one that is called in all of them not at all.
func TestTheWidthFallsWithTheDensity(t *testing.T) {
	ad := Adaptation{Gain: 20}
	for name, c := range map[string]struct {
		counts []int32
		want   float32
	}{
		"never called": {[]int32{0, 0, 0}, 20}, "always": {[]int32{1, 7}, 0},
		"half of the known": {[]int32{0, series.NoData, 3, series.NoData}, 10}, "nothing known": {[]int32{series.NoData}, 20},
	} {
		if got := ad.width(c.counts); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWithoutEvidenceNothingIsAdapted(t *testing.T) {
	for name, c := range map[string]struct {
		steps int
		ad    Adaptation
	}{"no gain": {feature.Steps, Adaptation{Ridge: 1}}, "one step": {1, Adaptation{Gain: 3, Ridge: 1}}} {
		before, after, _, _ := adapted(make([]int32, c.steps), c.ad)
		for i := range before {
			if before[i] != after[i] {
				t.Fatalf("%s: output %d moved from %v to %v", name, i, before[i], after[i])
			}
		}
	}
}
