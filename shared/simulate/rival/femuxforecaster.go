package rival

import (
	"math"
	"math/rand/v2"
	"slices"
)

// stateless is the part of a forecaster that sees the window alone.
type stateless struct{}

func (stateless) observe(float64) {}

// recentMax is a keep-alive as a forecaster: the largest load of the last minutes.
type recentMax struct {
	stateless
	minutes int
}

func (k recentMax) forecast(window []float64, _ bool) float64 {
	return slices.Max(window[len(window)-k.minutes:])
}

// filter is a forecast that is linear in the last values of the window: that of IceBreaker,
// on loads and not rounded.
type filter struct {
	stateless
	weights []float64
}

func (f filter) forecast(window []float64, _ bool) float64 {
	sum := 0.0
	for i, x := range window[len(window)-len(f.weights):] {
		sum += f.weights[i] * x
	}
	return sum
}

// markovChain draws the next load from those that followed on loads like the last one. Its
// states are the loads that were seen, rounded to 7 decimals below 1 and to 2 above. A state
// that was never left borrows from the nearest one that was. Draws are seeded by the name of
// the function.
//
// Source: MarkovChainRadical of the released code, with the state pod_count.
type markovChain struct {
	index  map[float64]int // state of a rounded load
	loads  []float64       // by state
	next   [][]int         // by state, the states that followed, one entry each time
	last   int             // state, -1 before the first load
	random *rand.Rand
}

func newMarkovChain(seed uint64) *markovChain {
	return &markovChain{index: map[float64]int{}, last: -1, random: rand.New(rand.NewPCG(femuxSeed, seed))}
}

func (c *markovChain) observe(load float64) {
	unit := 1e-2
	if load < 1 {
		unit = 1e-7
	}
	rounded := math.Round(load/unit) * unit
	state, known := c.index[rounded]
	if !known {
		state = len(c.loads)
		c.index[rounded] = state
		c.loads, c.next = append(c.loads, load), append(c.next, nil)
	}
	if c.last >= 0 {
		c.next[c.last] = append(c.next[c.last], state)
	}
	c.last = state
}

func (c *markovChain) forecast([]float64, bool) float64 {
	row := c.next[c.last]
	if len(row) == 0 {
		row = c.next[c.nearest(c.loads[c.last])]
	}
	return c.loads[row[c.random.IntN(len(row))]]
}

// nearest returns the state that was left before and whose load is nearest. There is one as
// soon as two loads were seen.
func (c *markovChain) nearest(load float64) int {
	best := -1
	for state, l := range c.loads {
		if len(c.next[state]) > 0 && (best < 0 || math.Abs(l-load) < math.Abs(c.loads[best]-load)) {
			best = state
		}
	}
	return best
}
