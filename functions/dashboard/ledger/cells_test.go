package ledger

import (
	"math/rand/v2"
	"testing"
)

// Runs have the sums of a map with a cell for each index.
func TestRunsHaveTheSumsOfTheirCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		var got cells
		want := map[int64]Sums{}
		index, newest, keep := int64(1000), int64(0), int64(20)
		for range 100 {
			if rng.IntN(10) == 0 {
				index -= rng.Int64N(4)
				got.forget(index)
				for at := range want {
					if at > index {
						delete(want, at)
					}
				}
			}
			index += rng.Int64N(4) / 2 * (1 + rng.Int64N(2))
			s := Sums{Steps: 1, Cold: uint32(rng.IntN(8) / 7)}
			got.add(index, keep, true, s)
			sum := want[index]
			sum.add(s)
			want[index] = sum
			newest = max(newest, index)
			after := newest - rng.Int64N(keep+1)
			var total ByMode
			for at, s := range want {
				if at > after {
					total.Active.add(s)
				}
			}
			if sum := got.sum(after); sum != total {
				t.Fatalf("after %d: %+v, want %+v", after, sum, total)
			}
		}
	}
}

// A function that sleeps for a week has few runs.
func TestASleepingFunctionHasFewCells(t *testing.T) {
	var c cells
	for i := range int64(400) {
		c.add(i/2, hourCells, false, Sums{Steps: 1})
	}
	if len(c.observe) > 2 || c.sum(0).Observe.Steps < 2*hourCells {
		t.Errorf("%d runs, %d steps", len(c.observe), c.sum(0).Observe.Steps)
	}
}
