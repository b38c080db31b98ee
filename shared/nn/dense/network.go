// Package dense is a feed-forward network with one hidden layer and one logit per
// row: inference for rows that share most of their inputs, training, and a section
// of a model file.
package dense

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Shape is the size of a network.
type Shape struct {
	Varying int // inputs that differ from row to row, 1 to MaxInputs
	Shared  int // inputs that the rows of one call have in common, 1 to MaxInputs
	Hidden  int // units, 1 to MaxHidden
}

// Bounds of a Shape. They also bound what Decode allocates. With more hidden units
// the product of gonum would start goroutines for 60 rows, and allocate.
const (
	MaxInputs = 256
	MaxHidden = 192
)

// Validate checks the bounds. The error names field, bound and value.
func (s Shape) Validate() error {
	for _, f := range []struct {
		name       string
		value, max int
	}{{"varying", s.Varying, MaxInputs}, {"shared", s.Shared, MaxInputs}, {"hidden", s.Hidden, MaxHidden}} {
		if f.value < 1 || f.value > f.max {
			return fmt.Errorf("dense: %s must be between 1 and %d, was: %d", f.name, f.max, f.value)
		}
	}
	return nil
}

// inputs returns the length of a whole row: the varying inputs, then the shared.
func (s Shape) inputs() int { return s.Varying + s.Shared }

// Size returns the number of parameters.
func (s Shape) Size() int { return (s.inputs()+2)*s.Hidden + 1 }

// Network computes the logit z of a row x, the varying inputs and then the shared:
//
//	z = max(0, x·W + b)·v + c
//
// W is inputs×Hidden, row-major. Its numbers have the precision of bfloat16, 8 bits
// of significand, as in a model file: a network then computes the same before and
// after it was saved. A Network is safe for concurrent use as long as nobody
// changes its parameters.
type Network struct {
	Shape
	params  []float32 // the four below, in this order
	w, b, v []float32
	c       float32
}

// FromParams returns a network with a copy of the given parameters: W, which it
// rounds to bfloat16, b, v and c. It panics if their number is not s.Size() or the
// shape is out of bounds.
func FromParams(s Shape, params []float32) *Network {
	if err := s.Validate(); err != nil {
		panic(err.Error())
	}
	if len(params) != s.Size() {
		panic("dense: number of parameters does not fit the shape")
	}
	n := &Network{Shape: s, params: slices.Clone(params)}
	n.w, n.b, n.v, n.c = split(s, n.params)
	for i, p := range n.w {
		n.w[i] = round(p)
	}
	return n
}

// split returns views of W, b and v within p, parameters or their gradients, and c.
func split[T float32 | float64](s Shape, p []T) (w, b, v []T, c T) {
	nw := s.inputs() * s.Hidden
	return p[:nw], p[nw:][:s.Hidden], p[nw+s.Hidden:][:s.Hidden], p[nw+2*s.Hidden]
}

// round returns the bfloat16 nearest to x: a float32 whose lower half is 0.
func round(x float32) float32 {
	return math.Float32frombits((math.Float32bits(x) + 0x8000) &^ 0xffff)
}

// Params returns the parameters themselves, not a copy.
func (n *Network) Params() []float32 { return n.params }

// Workspace is the scratch of Logits, so that it allocates nothing. It serves one
// goroutine.
type Workspace struct{ hidden []float32 }

// NewWorkspace returns a workspace for up to rows rows.
func NewWorkspace(s Shape, rows int) *Workspace {
	return &Workspace{hidden: make([]float32, rows*s.Hidden)}
}

// Logits writes the logits of rows to dst, one element per row. varying is
// rows×Varying, row-major. shared holds the inputs that the rows have in common;
// their part of the sum is computed once for all rows. It panics if a length does
// not fit.
func (n *Network) Logits(dst []float32, ws *Workspace, varying, shared []float32) {
	rows, hidden := len(dst), n.Hidden
	if len(shared) != n.Shared {
		panic("dense: shared inputs do not fit the shape")
	}
	if rows == 0 {
		return
	}
	h := ws.hidden[:rows*hidden]
	first := h[:hidden]
	copy(first, n.b)
	blas32.Gemv(blas.Trans, 1, blas32.General{Rows: n.Shared, Cols: hidden, Stride: hidden, Data: n.w[n.Varying*hidden:]},
		blas32.Vector{N: n.Shared, Inc: 1, Data: shared}, 1, blas32.Vector{N: hidden, Inc: 1, Data: first})
	for r := 1; r < rows; r++ {
		copy(h[r*hidden:(r+1)*hidden], first)
	}
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1,
		blas32.General{Rows: rows, Cols: n.Varying, Stride: n.Varying, Data: varying},
		blas32.General{Rows: n.Varying, Cols: hidden, Stride: hidden, Data: n.w}, 1,
		blas32.General{Rows: rows, Cols: hidden, Stride: hidden, Data: h})
	n.readout(dst, h)
}

// readout writes c plus the sum of max(0, h)·v of each row of h to dst. Four rows at
// a time run beside each other, as within a sum each addition waits for the one before.
// The signs within a unit are alike from horizon to horizon, so that the branches are
// foreseen and cost less than a maximum.
func (n *Network) readout(dst, h []float32) {
	hidden, v := n.Hidden, n.v
	row := func(r int) []float32 { return h[r*hidden:][:len(v)] }
	r := 0
	for ; r+4 <= len(dst); r += 4 {
		var s0, s1, s2, s3 float32
		h0, h1, h2, h3 := row(r), row(r+1), row(r+2), row(r+3)
		for i, w := range v {
			if h0[i] > 0 {
				s0 += h0[i] * w
			}
			if h1[i] > 0 {
				s1 += h1[i] * w
			}
			if h2[i] > 0 {
				s2 += h2[i] * w
			}
			if h3[i] > 0 {
				s3 += h3[i] * w
			}
		}
		dst[r], dst[r+1], dst[r+2], dst[r+3] = n.c+s0, n.c+s1, n.c+s2, n.c+s3
	}
	for ; r < len(dst); r++ {
		dst[r] = n.c + rectified(row(r), v)
	}
}

// rectified returns the sum of max(0, x[i])·v[i].
func rectified(x, v []float32) (sum float32) {
	v = v[:len(x)]
	for i, a := range x {
		if a > 0 {
			sum += a * v[i]
		}
	}
	return sum
}
