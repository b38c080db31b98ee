package dense

import (
	"math"
	"math/rand/v2"
	"slices"
)

// standardisation brings each input to mean 0 and deviation 1 over the rows:
//
//	x' = (x - mean)·scale
type standardisation struct {
	mean, scale []float64 // of each input; scale is 1/deviation, or 0 for a constant, which leaves it out
}

// maxMeasured bounds the number of rows that means and deviations are measured on.
const maxMeasured = 50_000

// measure measures mean and deviation of each input in one pass over rows, or over
// maxMeasured of them, drawn with rng.
//
// Source: Welford, "Note on a method for calculating corrected sums of squares and
// products", Technometrics 4(3), 1962.
func measure(rows Rows, inputs int, rng *rand.Rand) standardisation {
	s := standardisation{mean: make([]float64, inputs), scale: make([]float64, inputs)}
	n := min(rows.Len(), maxMeasured)
	row, squares := make([]float64, inputs), make([]float64, inputs)
	for k := range n {
		i := k
		if n < rows.Len() {
			i = rng.IntN(rows.Len())
		}
		rows.Read(row, i)
		for j, v := range row {
			before := v - s.mean[j]
			s.mean[j] += before / float64(k+1)
			squares[j] += before * (v - s.mean[j])
		}
	}
	for j, sum := range squares {
		if deviation := math.Sqrt(sum / float64(n)); deviation > 1e-6 {
			s.scale[j] = 1 / deviation
		}
	}
	return s
}

// apply standardises the inputs of one row in place.
func (s standardisation) apply(x []float64) {
	for j := range x {
		x[j] = (x[j] - s.mean[j]) * s.scale[j]
	}
}

// network returns the network for plain inputs that computes what params compute for
// standardised ones:
//
//	W' = scale·W,  b' = b - mean·W'
//
// The biases are computed from the rounded weights: at the means of the inputs,
// rounding then changes nothing.
func (s standardisation) network(shape Shape, params []float64) *Network {
	plain := make([]float32, len(params))
	for i, p := range params {
		plain[i] = float32(p)
	}
	w, b, _, _ := split(shape, params)
	b = slices.Clone(b)
	plainW, plainB, _, _ := split(shape, plain)
	for j, mean := range s.mean {
		for k := range b {
			i := j*shape.Hidden + k
			plainW[i] = round(float32(w[i] * s.scale[j]))
			b[k] -= float64(plainW[i]) * mean
		}
	}
	for k, v := range b {
		plainB[k] = float32(v)
	}
	return FromParams(shape, plain)
}
