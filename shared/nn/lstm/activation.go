package lstm

import "math"

// MaxActivationError bounds the absolute error of the float32 sigmoid and tanh
// against the exact functions, over all arguments. A test measures it.
const MaxActivationError = 6.5e-6

// The table of tanh covers [-tableBound, tableBound) in cells of 1/tableScale.
// Within a cell it is interpolated linearly, which errs by at most
// max|tanh”|/8/tableScale² = 5.9e-6; beyond it tanh is ±1 to 2.3e-7.
const (
	tableBound = 8
	tableScale = 128
	tableCells = 2 * tableBound * tableScale // a power of two

	endBits = 0x45000000 // math.Float32bits(tableCells)

	tableOffset = tableBound * tableScale
	// halfScale gives the place of x/2, which the sigmoid needs. Halving is exact, so
	// that no bit depends on when it is done.
	halfScale = tableScale / 2
)

// tanhTable is read only. Computing math.Tanh and math.Exp would take longer than
// the matrix products of a step; reading the table takes a third of them.
var tanhTable = newTanhTable()

// tanhCell is tanh at the begin of a cell of the table, and its rise over the cell.
type tanhCell struct{ low, rise float32 }

type tanhCells [tableCells]tanhCell

func newTanhTable() *tanhCells {
	var table tanhCells
	at := func(i int) float32 { return float32(math.Tanh(float64(i)/tableScale - tableBound)) }
	for i := range table {
		table[i] = tanhCell{at(i), at(i+1) - at(i)}
	}
	return &table
}

// tanh32 returns tanh(x) by linear interpolation, and -1 for NaN.
func tanh32(x float32) float32 { return tanhTable.at(x*tableScale + tableOffset) }

// at returns tanh at a place of the table, counted in cells from its begin. Bits of
// positive numbers have the order of the numbers, and those of other numbers but 0
// are larger: one comparison finds all places that are not within the table.
func (t *tanhCells) at(place float32) float32 {
	if math.Float32bits(place)-1 >= endBits-1 {
		if place >= tableCells {
			return 1
		}
		return -1
	}
	i := int32(place)
	cell := &t[i&(tableCells-1)] // the mask spares the check of the bound
	return cell.low + (place-float32(i))*cell.rise
}

// activate replaces one row of gate inputs by the activated gates i, f, g, o,
// updates the cell c and writes tanh(c') to tc and h' to h.
func activate[T Float](gates, c, tc, h []T) {
	switch g := any(gates).(type) {
	case []float32:
		activate32(g, any(c).([]float32), any(tc).([]float32), any(h).([]float32))
	case []float64:
		activate64(g, any(c).([]float64), any(tc).([]float64), any(h).([]float64))
	}
}

// activate32 is activate with the table of tanh. The slices are cut to one length
// first, so that the compiler leaves out the checks of bounds within the loop.
func activate32(gates, c, tc, h []float32) {
	n, table := len(c), tanhTable
	gi, gf, gg, gout := gates[:n], gates[n:][:n], gates[2*n:][:n], gates[3*n:][:n]
	tc, h = tc[:n], h[:n]
	for k := range n {
		i := 0.5 + 0.5*table.at(halfScale*gi[k]+tableOffset)
		f := 0.5 + 0.5*table.at(halfScale*gf[k]+tableOffset)
		g := table.at(tableScale*gg[k] + tableOffset)
		o := 0.5 + 0.5*table.at(halfScale*gout[k]+tableOffset)
		cell := f*c[k] + i*g
		t := table.at(tableScale*cell + tableOffset)
		gi[k], gf[k], gg[k], gout[k] = i, f, g, o
		c[k], tc[k], h[k] = cell, t, o*t
	}
}

// activate64 is activate with exact functions.
func activate64(gates, c, tc, h []float64) {
	n := len(c)
	for k := range n {
		i, f := sigmoid64(gates[k]), sigmoid64(gates[n+k])
		g, o := math.Tanh(gates[2*n+k]), sigmoid64(gates[3*n+k])
		c[k] = f*c[k] + i*g
		tc[k] = math.Tanh(c[k])
		h[k] = o * tc[k]
		gates[k], gates[n+k], gates[2*n+k], gates[3*n+k] = i, f, g, o
	}
}

func sigmoid64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Sigmoid returns 1/(1+exp(-x)) within half of MaxActivationError, and 0 for NaN.
func Sigmoid(x float32) float32 { return 0.5 + 0.5*tanhTable.at(halfScale*x+tableOffset) }
