package history

import (
	"math/rand/v2"
	"testing"
)

// A column has the values of a list, whatever is written to it, and in which order.
func TestAColumnHasTheValuesOfAList(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		of := rng.IntN(width)
		var b block
		var want [blockSteps]int16
		for i := range want {
			want[i] = blank(of)
		}
		at := rng.IntN(blockSteps)
		for range rng.IntN(80) {
			switch rng.IntN(8) {
			case 0:
				at = rng.IntN(blockSteps)
			case 1:
				from := rng.IntN(blockSteps + 1)
				b.forget(from)
				for i := from; i < blockSteps; i++ {
					want[i] = blank(of)
				}
			default:
				at = min(at+1, blockSteps-1)
			}
			v := blank(of)
			if rng.IntN(4) > 0 {
				v = int16(rng.IntN(2))
			}
			b.set(of, at, v)
			want[at] = v
		}
		for i := range want {
			if got := b.get(of, i); got != want[i] {
				t.Fatalf("column %d: step %d is %d, want %d of %v", of, i, got, want[i], want)
			}
		}
	}
}

// A function that sleeps has one value for a block.
func TestEqualValuesTakeNoMemory(t *testing.T) {
	var b block
	for i := range blockSteps {
		b.set(need, i, 0)
		b.set(limit, i, 5)
	}
	if b.columns[need].values != nil || b.columns[limit].values != nil {
		t.Error("equal values are kept one by one")
	}
}
