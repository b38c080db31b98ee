package feature

import (
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

// kinds returns the kind of each step in a context: 'x' for an unknown step, '0' for
// one without calls, '1' for one with the usual number and '2' for more.
func kinds(counts []int32) []byte {
	sum, active := 0.0, 0.0
	for _, c := range counts {
		if c > 0 {
			sum, active = sum+float64(c), active+1
		}
	}
	out := make([]byte, len(counts))
	for i, c := range counts {
		switch {
		case c == series.NoData:
			out[i] = 'x'
		case c == 0:
			out[i] = '0'
		case float64(c) > manyCalls*sum/active:
			out[i] = '2'
		default:
			out[i] = '1'
		}
	}
	return out
}

// after returns the steps that follow upon an earlier occurrence of the last k.
func after(kinds []byte, k int) (at []int) {
	context := kinds[len(kinds)-k:]
	for i := k; i < len(kinds); i++ {
		if slices.Equal(kinds[i-k:i], context) && !slices.Contains(context, 'x') {
			at = append(at, i)
		}
	}
	return at
}

// shareAfter returns the share of active steps t-1 steps on, as contextShares does.
func shareAfter(counts []int32, at []int, t int, overall float64) float32 {
	hits, tries := overall, 1.0
	for _, i := range at {
		if j := i + t - 1; j < len(counts) && counts[j] >= 0 {
			tries++
			if counts[j] > 0 {
				hits++
			}
		}
	}
	return float32(hits / tries)
}

// The search with sets of bits finds what a search step by step does.
func TestContextsEqualASearchStepByStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 3, 17, 63, 64, 65, 200, 640, MaxHistory} {
		counts := make([]int32, n)
		period := 2 + rng.IntN(7)
		for i := range counts {
			if i%period == 0 {
				counts[i] = 1 + int32(rng.IntN(2))
			}
			if rng.IntN(30) == 0 {
				counts[i] = int32(rng.IntN(3)) - 1
			}
		}
		h, kinds := read(counts), kinds(counts)
		var want [contexts][]int
		for c, k := range contextSteps {
			if k <= n {
				want[c] = after(kinds, k)
			}
		}
		for c, least := range contextSeen {
			longest := 0
			for k := 1; k <= min(n, maxContext) && len(after(kinds, k)) >= least; k++ {
				longest, want[len(contextSteps)+c] = k, after(kinds, k)
			}
			if h.contextLength[c] != longest {
				t.Errorf("%d steps: the longest context seen %d times has %d steps, want %d", n, least, h.contextLength[c], longest)
			}
		}
		for _, horizon := range []int{1, 2, 7, 60} {
			var got [contexts]float32
			h.contextShares(got[:], horizon)
			for c := range got {
				if w := shareAfter(counts, want[c], horizon, h.share()); got[c] != w {
					t.Errorf("%d steps, context %d, horizon %d: share %v, want %v", n, c, horizon, got[c], w)
				}
			}
		}
	}
}

// Half as many calls again as the mean is more than usual; a quarter is not.
func TestWhatIsMoreThanUsual(t *testing.T) {
	h := read([]int32{8, 10, 6, 0, 12, 4}) // 8 on average
	for step, many := range []bool{false, false, false, false, true, false} {
		if h.many.has(step) != many {
			t.Errorf("step %d has more than usual: %v", step, !many)
		}
	}
}

// slipping returns n steps of a timer that fires once a step, and late now and
// then: the step stays empty, the next one has two calls.
func slipping(n int, rng *rand.Rand) []int32 {
	counts := slices.Repeat([]int32{1}, n)
	for i := 0; i+1 < n; i++ {
		if counts[i] == 1 && rng.IntN(6) == 0 {
			counts[i], counts[i+1] = 0, 2
		}
	}
	return counts
}

// An empty step is followed by two calls, whenever it comes: the gap is one
// step like most others, the context is not.
func TestAContextPredictsADelayedCall(t *testing.T) {
	counts := slipping(400, rand.New(rand.NewPCG(7, 8)))
	late := slices.Index(counts[300:], 0) + 300
	var after, before [contexts]float32
	read(counts[:late+1]).contextShares(after[:], 1)
	read(counts[:late]).contextShares(before[:], 1)
	if after[0] < 0.9 || before[0] > 0.9 {
		t.Errorf("after the empty step a call has %v, before it %v", after[0], before[0])
	}
}
