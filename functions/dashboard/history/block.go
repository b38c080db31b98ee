package history

import (
	"math"

	"prewarm/shared/event"
)

// Columns of a block. Those of the predictions have one column for each lead.
const (
	need      = iota // replicas that the step needed, or an estimate until it has settled
	settled          // 1 if need was measured, as a whole and for this step alone
	current          // replicas desired before the decision at the begin of the step
	available        // replicas ready before that decision
	wanted           // by the policy
	applied          // sent to the gateway
	observed         // read back from the gateway
	notReady         // replicas after the decision that were not ready when the step began
	limit            // the most replicas that the function may have
	setBack          // index of the controller that undid the decision before, 0 for none
	chance           // probability of at least one call, in units of event.Prob
	q50       = chance + len(Leads)
	q95       = q50 + len(Leads)
	width     = q95 + len(Leads)
)

// unknown stands for a value that no message has brought yet.
const unknown = -1

// blank returns the value of a column that no message has brought. The limit is that of a
// function without one: the largest number that a column can store.
func blank(of int) int16 {
	switch of {
	case settled, notReady, setBack:
		return 0
	case limit:
		return math.MaxInt16
	}
	return unknown
}

// blockSteps is the number of steps of a block.
const blockSteps = 60

// block holds consecutive steps of one function in columns. A function that sleeps has the
// same value in a column for hours, and there may be ten thousand functions.
type block struct {
	index   int64 // of its first step, divided by blockSteps
	columns [width]column
}

// column holds one value of each step of a block: the same one in the steps from first to
// end and none in the others, or all of them in values.
type column struct {
	value      int16
	first, end uint8
	values     *[blockSteps]int16
}

// get returns the value of step i of a column.
func (b *block) get(of, i int) int16 {
	c := &b.columns[of]
	switch {
	case c.values != nil:
		return c.values[i]
	case i >= int(c.first) && i < int(c.end):
		return c.value
	}
	return blank(of)
}

// set sets the value of step i of a column.
func (b *block) set(of, i int, v int16) {
	c := &b.columns[of]
	switch {
	case c.values != nil:
		c.values[i] = v
	case b.get(of, i) == v:
	case c.first == c.end:
		c.value, c.first, c.end = v, uint8(i), uint8(i+1)
	case c.value == v && i == int(c.end):
		c.end++
	default:
		all := new([blockSteps]int16)
		for j := range all {
			all[j] = b.get(of, j)
		}
		all[i] = v
		c.values = all
	}
}

// forget makes the steps from i on blank.
func (b *block) forget(from int) {
	for of := range b.columns {
		for i := from; i < blockSteps; i++ {
			b.set(of, i, blank(of))
		}
	}
}

// place is a step in a block. The zero place has no room for a step.
type place struct {
	*block
	i int
}

func (p place) get(of int) int16    { return p.block.get(of, p.i) }
func (p place) set(of int, v int16) { p.block.set(of, p.i, v) }

// chances returns the probability of a call that was predicted at each lead, negative if
// there was no prediction.
func (p place) chances() *[len(Leads)]float32 {
	var out [len(Leads)]float32
	for i := range out {
		out[i] = probability(p.get(chance + i))
	}
	return &out
}

// probUnits is 1 in units of event.Prob, which has four decimals.
const probUnits = 1e4

// units returns a probability in units of event.Prob.
func units(p event.Prob) int16 { return int16(math.Round(float64(p.Rounded()) * probUnits)) }

// probability returns a number of units as a probability. An unknown one stays negative.
func probability(units int16) float32 {
	if units < 0 {
		return unknown
	}
	return float32(units) / probUnits
}

// clip converts a count to the width of a column. Negative counts are unknown.
func clip(n int) int16 { return int16(min(max(n, unknown), math.MaxInt16)) }
