// Package lstm is one layer of long short-term memory with a linear head:
// batched inference, back-propagation through time, and a section of a model file.
//
// The element type is a parameter. float32 is the type of training and
// inference; float64 has exact activations, so that gradients can be checked
// against finite differences.
package lstm

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Float is the element type of a network.
type Float interface{ float32 | float64 }

// Shape is the size of a network.
type Shape struct {
	Inputs  int // numbers per step, 1 to MaxInputs
	Hidden  int // cells, 1 to MaxHidden
	Outputs int // numbers of the head, 1 to MaxOutputs
}

// Bounds of a Shape. They also bound what Decode allocates.
const (
	MaxInputs  = 256
	MaxHidden  = 512
	MaxOutputs = 1024
)

// Validate checks the bounds. The error names field, bound and value.
func (s Shape) Validate() error {
	for _, f := range []struct {
		name       string
		value, max int
	}{{"inputs", s.Inputs, MaxInputs}, {"hidden", s.Hidden, MaxHidden}, {"outputs", s.Outputs, MaxOutputs}} {
		if f.value < 1 || f.value > f.max {
			return fmt.Errorf("lstm: %s must be between 1 and %d, was: %d", f.name, f.max, f.value)
		}
	}
	return nil
}

// Size returns the number of parameters.
func (s Shape) Size() int {
	return (s.Inputs+s.Hidden+1)*4*s.Hidden + (s.Hidden+1)*s.Outputs
}

// Network is the layer and its head. With x the input, h the hidden state and
// c the cell of one sequence, all as rows:
//
//	[i f g o] = [x h]·W + b
//	c' = σ(f)⊙c + σ(i)⊙tanh(g)
//	h' = σ(o)⊙tanh(c')
//	y  = h'·V + d
//
// W is (Inputs+Hidden)×4Hidden, V is Hidden×Outputs, both row-major. A Network
// is safe for concurrent use as long as nobody changes its parameters.
//
// Source: Gers, Schmidhuber, Cummins, "Learning to Forget", Neural Computation
// 12(10), 2000.
type Network[T Float] struct {
	Shape
	params     []T // the four below, in this order
	w, b, v, d []T
}

// New returns a network whose weights are drawn uniformly from ±1/sqrt(Hidden).
// Biases are zero, except those of the forget gates, which are one: a cell then
// keeps its state until training teaches it to forget. New panics if the shape is
// out of bounds.
func New[T Float](s Shape, rng *rand.Rand) *Network[T] {
	n := empty[T](s)
	scale := 1 / math.Sqrt(float64(s.Hidden))
	for _, weights := range [][]T{n.w, n.v} {
		for i := range weights {
			weights[i] = T((2*rng.Float64() - 1) * scale)
		}
	}
	for i := range s.Hidden {
		n.b[s.Hidden+i] = 1
	}
	return n
}

// FromParams returns a network of the given parameters, which are copied. It
// panics if their number is not s.Size() or the shape is out of bounds.
func FromParams[T Float](s Shape, params []T) *Network[T] {
	n := empty[T](s)
	if len(params) != len(n.params) {
		panic("lstm: number of parameters does not fit the shape")
	}
	copy(n.params, params)
	return n
}

// empty returns a network whose parameters are zero.
func empty[T Float](s Shape) *Network[T] {
	if err := s.Validate(); err != nil {
		panic(err.Error())
	}
	n := &Network[T]{Shape: s, params: make([]T, s.Size())}
	n.w, n.b, n.v, n.d = split(s, n.params)
	return n
}

// split returns views of W, b, V and d within p, parameters or their gradients.
func split[T Float](s Shape, p []T) (w, b, v, d []T) {
	nw, nb, nv := (s.Inputs+s.Hidden)*4*s.Hidden, 4*s.Hidden, s.Hidden*s.Outputs
	w, p = p[:nw:nw], p[nw:]
	b, p = p[:nb:nb], p[nb:]
	return w, b, p[:nv:nv], p[nv:]
}

// Params returns the parameters themselves, not a copy: W, b, V, d.
func (n *Network[T]) Params() []T { return n.params }
