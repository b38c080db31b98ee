package forecast

import (
	"math/rand/v2"
	"sync"
	"testing"

	"prewarm/shared/nn/lstm"
)

// Fifty windows on two processors are two parts of 25, not a full batch and a rest.
func TestPartsAreOfOneSizeOnAllProcessors(t *testing.T) {
	for _, c := range []struct{ n, processors, want int }{
		{0, 2, 1}, {1, 2, 1}, {50, 2, 25}, {64, 2, 32}, {65, 2, 17}, {200, 2, 25}, {200, 1, 29}, {10_000, 2, 32}, {40, 16, 3},
	} {
		if got := partSize(c.n, c.processors); got != c.want {
			t.Errorf("%d windows on %d processors: parts of %d, want %d", c.n, c.processors, got, c.want)
		}
	}
}

// Whatever the number of windows, each is in one part, and no part exceeds a batch.
func TestEveryWindowIsInOnePart(t *testing.T) {
	p := newPredictor(&Model{Network: lstm.New[float32](NetworkShape(2), rand.New(rand.NewPCG(1, 2)))}, "")
	for n := range 5*batch + 2 {
		seen := make([]int, n)
		var lock sync.Mutex
		p.parallel(n, func(_ *scratch, from, to int) {
			lock.Lock()
			defer lock.Unlock()
			if from >= to || to-from > batch {
				t.Errorf("%d windows: a part from %d to %d", n, from, to)
			}
			for i := from; i < to; i++ {
				seen[i]++
			}
		})
		for i, times := range seen {
			if times != 1 {
				t.Fatalf("%d windows: window %d is in %d parts", n, i, times)
			}
		}
	}
}
