package feature

import (
	"math"
	"math/bits"
)

// Gaps are the gaps of one history: the steps from one active step to the next.
// A gap with a step without data in it is left out, as its length is not known.
// The zero value is ready for Read.
type Gaps struct {
	steps  int // of the history
	active int // active steps
	last   int // last active step, -1 if there is none

	longest int                    // longest gap, 0 if there is none
	lengths []int                  // oldest first
	ends    [MaxHistory + 2]uint16 // number of gaps of each length
}

// Read replaces the gaps by those of counts, which has MaxHistory steps at most.
func (g *Gaps) Read(counts []int32) {
	var known, called stepSet
	readSteps(&known, &called, counts)
	g.read(&known, &called, len(counts))
}

// read replaces the gaps by those between the called steps of a history of the given
// number of steps.
func (g *Gaps) read(known, called *stepSet, steps int) {
	clear(g.ends[:g.longest+1])
	g.steps, g.active, g.last, g.longest, g.lengths = steps, 0, -1, 0, g.lengths[:0]
	valid := firstSteps(steps)
	unbroken := false // no step without data since the last active one
	for i, active := range called {
		// Only active steps and those without data change anything.
		for left := active | valid[i]&^known[i]; left != 0; left &= left - 1 {
			bit := bits.TrailingZeros64(left)
			if active>>bit&1 == 0 {
				unbroken = false
				continue
			}
			at := 64*i + bit
			if unbroken {
				g.add(at - g.last)
			}
			g.active, g.last, unbroken = g.active+1, at, true
		}
	}
}

// add appends a gap.
func (g *Gaps) add(length int) {
	g.lengths = append(g.lengths, length)
	g.ends[length]++
	g.longest = max(g.longest, length)
}

// Active returns the number of active steps.
func (g *Gaps) Active() int { return g.active }

// Lengths returns the gaps in steps, oldest first. The slice is valid until the
// next Read.
func (g *Gaps) Lengths() []int { return g.lengths }

// Ends returns the number of gaps of the given length, 0 or more.
func (g *Gaps) Ends(length int) int {
	if length >= len(g.ends) {
		return 0
	}
	return int(g.ends[length])
}

// Age returns the number of steps since the last active one, which are not
// active themselves, and the length of the history if there is none. A call at
// horizon t ends a gap of Age()+t.
func (g *Gaps) Age() int { return g.steps - 1 - g.last }

// Moments returns the mean of the gaps that are longer than the given number of
// steps, and their coefficient of variation, which is the standard deviation
// over the mean: near 0 for a timer, 1 for calls at random. Both are 0 if there
// is no such gap.
func (g *Gaps) Moments(longerThan int) (mean, variation float64) {
	var n, sum, squares float64
	for _, length := range g.lengths {
		if length > longerThan {
			n, sum, squares = n+1, sum+float64(length), squares+float64(length)*float64(length)
		}
	}
	if n == 0 {
		return 0, 0
	}
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean)) / mean
}

// fromEnd returns the k-th gap from the end, 0 if there are fewer.
func (g *Gaps) fromEnd(k int) int {
	if k > len(g.lengths) {
		return 0
	}
	return g.lengths[len(g.lengths)-k]
}
