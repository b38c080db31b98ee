package lstm

import (
	"slices"

	"gonum.org/v1/gonum/blas"
)

// Tape records a forward pass over a batch of sequences for the backward pass. A
// second pass over the same tape allocates nothing. A Tape serves one goroutine.
type Tape[T Float] struct {
	shape        Shape
	steps, batch int
	readouts     []int // steps after which the head is read, ascending
	xh           []T   // (steps+1) × batch × (Inputs+Hidden)
	gates        []T   // steps × batch × 4Hidden: activated i, f, g, o; after Backward the gradients of their inputs
	c, tc        []T   // (steps+1) × batch × Hidden: cells before each step, of which the first are 0, and their tanh
	out          []T   // readouts × batch × Outputs
	dh, dc       []T   // batch × Hidden: gradients of the state after the present step
	h            []T   // batch × Hidden, scratch
}

// NewTape returns a tape for sequences of the given number of steps. readouts
// are the steps (0-based, ascending) after which the head is read. NewTape
// panics if a size is not positive or a readout is out of range.
func NewTape[T Float](s Shape, steps, batch int, readouts []int) *Tape[T] {
	if steps < 1 || batch < 1 || len(readouts) == 0 || !slices.IsSorted(readouts) ||
		readouts[0] < 0 || readouts[len(readouts)-1] >= steps {
		panic("lstm: invalid tape")
	}
	hidden := batch * s.Hidden
	return &Tape[T]{
		shape: s, steps: steps, batch: batch, readouts: slices.Clone(readouts),
		xh:    make([]T, (steps+1)*batch*(s.Inputs+s.Hidden)),
		gates: make([]T, steps*4*hidden), c: make([]T, (steps+1)*hidden), tc: make([]T, (steps+1)*hidden),
		out: make([]T, len(readouts)*batch*s.Outputs),
		dh:  make([]T, hidden), dc: make([]T, hidden), h: make([]T, hidden),
	}
}

// Forward runs the batch from the zero state. x is steps×batch×Inputs. It
// returns the outputs, readouts×batch×Outputs, which stay valid until the next
// Forward. It panics if x has another length or the tape another shape.
func (n *Network[T]) Forward(tp *Tape[T], x []T) []T {
	in, hidden, batch := n.Inputs, n.Hidden, tp.batch
	if tp.shape != n.Shape || len(x) != tp.steps*batch*in {
		panic("lstm: input length mismatch")
	}
	row := in + hidden
	clear(tp.c[:batch*hidden])
	for r := range batch {
		clear(tp.xh[r*row+in : (r+1)*row])
	}
	next := 0
	for t := range tp.steps {
		n.forwardStep(tp, t, x[t*batch*in:(t+1)*batch*in])
		for next < len(tp.readouts) && tp.readouts[next] == t {
			n.readout(tp, next)
			next++
		}
	}
	return tp.out
}

// forwardStep runs step t and records it.
func (n *Network[T]) forwardStep(tp *Tape[T], t int, x []T) {
	in, hidden, batch := n.Inputs, n.Hidden, tp.batch
	row := in + hidden
	xh := tp.xh[t*batch*row : (t+1)*batch*row]
	after := tp.xh[(t+1)*batch*row:]
	for r := range batch {
		copy(xh[r*row:r*row+in], x[r*in:(r+1)*in])
	}
	gates := tp.gates[t*batch*4*hidden : (t+1)*batch*4*hidden]
	fillRows(dense(batch, 4*hidden, gates), n.b)
	gemm(blas.NoTrans, blas.NoTrans, dense(batch, row, xh), dense(row, 4*hidden, n.w), 1, dense(batch, 4*hidden, gates))
	c, tc := tp.c[(t+1)*batch*hidden:], tp.tc[(t+1)*batch*hidden:]
	copy(c[:batch*hidden], tp.c[t*batch*hidden:])
	for r := range batch {
		activate(gates[r*4*hidden:(r+1)*4*hidden], c[r*hidden:(r+1)*hidden],
			tc[r*hidden:(r+1)*hidden], after[r*row+in:(r+1)*row])
	}
}

// gather copies the hidden states after step t into the scratch of the tape.
func (tp *Tape[T]) gather(t int) matrix[T] {
	in, hidden := tp.shape.Inputs, tp.shape.Hidden
	row := in + hidden
	after := tp.xh[(t+1)*tp.batch*row:]
	for r := range tp.batch {
		copy(tp.h[r*hidden:(r+1)*hidden], after[r*row+in:(r+1)*row])
	}
	return dense(tp.batch, hidden, tp.h)
}

// readout writes the outputs of the k-th readout to the tape.
func (n *Network[T]) readout(tp *Tape[T], k int) {
	size := tp.batch * n.Outputs
	out := dense(tp.batch, n.Outputs, tp.out[k*size:])
	fillRows(out, n.d)
	gemm(blas.NoTrans, blas.NoTrans, tp.gather(tp.readouts[k]), dense(n.Hidden, n.Outputs, n.v), 1, out)
}

// Backward adds the gradient of a loss to grad, which has Size elements. dOut,
// readouts×batch×Outputs, is the derivative of the loss by the outputs of the last
// Forward. Backward overwrites the gates of the tape, so that each Forward allows
// one Backward. It panics if a length differs.
func (n *Network[T]) Backward(tp *Tape[T], dOut, grad []T) {
	if len(dOut) != len(tp.out) || len(grad) != len(n.params) {
		panic("lstm: gradient length mismatch")
	}
	dw, db, dv, dd := split(n.Shape, grad)
	clear(tp.dh)
	clear(tp.dc)
	k := len(tp.readouts) - 1
	size := tp.batch * n.Outputs
	for t := tp.steps - 1; t >= 0; t-- {
		for ; k >= 0 && tp.readouts[k] == t; k-- {
			n.backwardHead(tp, t, dOut[k*size:(k+1)*size], dv, dd)
		}
		n.backwardStep(tp, t)
	}
	rows, row := tp.steps*tp.batch, n.Inputs+n.Hidden
	dz := dense(rows, 4*n.Hidden, tp.gates)
	gemm(blas.Trans, blas.NoTrans, dense(rows, row, tp.xh), dz, 1, dense(row, 4*n.Hidden, dw))
	addRows(db, dz)
}

// backwardHead adds the gradients of the head at a readout after step t, and its
// part of dh.
func (n *Network[T]) backwardHead(tp *Tape[T], t int, dOut, dv, dd []T) {
	d := dense(tp.batch, n.Outputs, dOut)
	gemm(blas.Trans, blas.NoTrans, tp.gather(t), d, 1, dense(n.Hidden, n.Outputs, dv))
	addRows(dd, d)
	gemm(blas.NoTrans, blas.Trans, d, dense(n.Hidden, n.Outputs, n.v), 1, dense(tp.batch, n.Hidden, tp.dh))
}

// backwardStep turns the gates of step t into gradients of their inputs, and
// dh and dc into the gradients of the state before the step.
func (n *Network[T]) backwardStep(tp *Tape[T], t int) {
	hidden, batch := n.Hidden, tp.batch
	gates := tp.gates[t*batch*4*hidden : (t+1)*batch*4*hidden]
	before, tc := tp.c[t*batch*hidden:], tp.tc[(t+1)*batch*hidden:]
	for r := range batch {
		g := gates[r*4*hidden : (r+1)*4*hidden]
		for k := range hidden {
			at := r*hidden + k
			gateGradients(g, k, hidden, before[at], tc[at], tp.dh[at], &tp.dc[at])
		}
	}
	recurrent := dense(hidden, 4*hidden, n.w[n.Inputs*4*hidden:])
	gemm(blas.NoTrans, blas.Trans, dense(batch, 4*hidden, gates), recurrent, 0, dense(batch, hidden, tp.dh))
}

// gateGradients replaces the gates of cell k by the gradients of their inputs, and
// dc by the gradient of the cell before the step. before is that cell, tc the tanh
// of the cell after the step.
func gateGradients[T Float](gates []T, k, hidden int, before, tc, dh T, dc *T) {
	i, f, g, o := gates[k], gates[hidden+k], gates[2*hidden+k], gates[3*hidden+k]
	d := *dc + dh*o*(1-tc*tc)
	gates[k] = d * g * i * (1 - i)
	gates[hidden+k] = d * before * f * (1 - f)
	gates[2*hidden+k] = d * i * (1 - g*g)
	gates[3*hidden+k] = dh * tc * o * (1 - o)
	*dc = d * f
}

// addRows adds the sum of the rows of m to dst.
func addRows[T Float](dst []T, m matrix[T]) {
	for r := range m.rows {
		for c, v := range m.data[r*m.stride : r*m.stride+m.cols] {
			dst[c] += v
		}
	}
}
