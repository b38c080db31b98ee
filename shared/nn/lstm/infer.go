package lstm

import "gonum.org/v1/gonum/blas"

// Workspace holds the state of a batch of sequences and the scratch of one
// step, so that a step allocates nothing. A Workspace serves one goroutine.
type Workspace[T Float] struct {
	shape Shape
	size  int // sequences that it has room for
	batch int // sequences in use
	xh    []T // size × (Inputs+Hidden): the input, then the hidden state
	gates []T // size × 4Hidden
	c, tc []T // size × Hidden
	h     []T // size × Hidden, scratch
}

// NewWorkspace returns a workspace for up to size sequences. It panics if size
// is not positive.
func NewWorkspace[T Float](s Shape, size int) *Workspace[T] {
	if size < 1 {
		panic("lstm: size of a workspace must be at least 1")
	}
	return &Workspace[T]{
		shape: s, size: size, batch: size,
		xh: make([]T, size*(s.Inputs+s.Hidden)), gates: make([]T, size*4*s.Hidden),
		c: make([]T, size*s.Hidden), tc: make([]T, size*s.Hidden), h: make([]T, size*s.Hidden),
	}
}

// Start begins batch new sequences in the zero state. It panics if there is no
// room for them.
func (ws *Workspace[T]) Start(batch int) {
	if batch < 0 || batch > ws.size {
		panic("lstm: batch does not fit the workspace")
	}
	ws.batch = batch
	clear(ws.xh)
	clear(ws.c)
}

// Join adds one more sequence in the given state, which State returned for another
// sequence. It panics if there is no room for it.
func (ws *Workspace[T]) Join(h, c []T) {
	if ws.batch == ws.size || len(h) != ws.shape.Hidden || len(c) != ws.shape.Hidden {
		panic("lstm: sequence does not fit the workspace")
	}
	hidden, row := ws.shape.Hidden, ws.shape.Inputs+ws.shape.Hidden
	copy(ws.xh[ws.batch*row+ws.shape.Inputs:], h)
	copy(ws.c[ws.batch*hidden:], c)
	ws.batch++
}

// State returns views of the hidden and the cell state of a sequence. They are
// valid until the next Step.
func (ws *Workspace[T]) State(sequence int) (h, c []T) {
	in, hidden := ws.shape.Inputs, ws.shape.Hidden
	row := ws.xh[sequence*(in+hidden) : (sequence+1)*(in+hidden)]
	return row[in:], ws.c[sequence*hidden : (sequence+1)*hidden]
}

// Step advances every sequence by one step. x is batch×Inputs, row-major. It
// panics if the shapes differ.
func (n *Network[T]) Step(ws *Workspace[T], x []T) {
	in, hidden := n.Inputs, n.Hidden
	if ws.shape != n.Shape || len(x) != ws.batch*in {
		panic("lstm: input length mismatch")
	}
	row := in + hidden
	for r := range ws.batch {
		copy(ws.xh[r*row:r*row+in], x[r*in:(r+1)*in])
	}
	gates := dense(ws.batch, 4*hidden, ws.gates)
	fillRows(gates, n.b)
	gemm(blas.NoTrans, blas.NoTrans, dense(ws.batch, row, ws.xh), dense(row, 4*hidden, n.w), 1, gates)
	for r := range ws.batch {
		activate(ws.gates[r*4*hidden:(r+1)*4*hidden], ws.c[r*hidden:(r+1)*hidden],
			ws.tc[r*hidden:(r+1)*hidden], ws.xh[r*row+in:(r+1)*row])
	}
}

// Head writes the outputs for the present state to dst, batch×Outputs, and
// returns it. It panics if dst is too short.
func (n *Network[T]) Head(dst []T, ws *Workspace[T]) []T {
	dst = dst[:ws.batch*n.Outputs]
	ws.HiddenTo(ws.h)
	out := dense(ws.batch, n.Outputs, dst)
	fillRows(out, n.d)
	gemm(blas.NoTrans, blas.NoTrans, dense(ws.batch, n.Hidden, ws.h), dense(n.Hidden, n.Outputs, n.v), 1, out)
	return dst
}

// HiddenTo copies the hidden states, batch×Hidden, to dst and returns their
// number. It panics if dst is too short.
func (ws *Workspace[T]) HiddenTo(dst []T) (batch int) {
	in, hidden := ws.shape.Inputs, ws.shape.Hidden
	row := in + hidden
	for r := range ws.batch {
		copy(dst[r*hidden:(r+1)*hidden], ws.xh[r*row+in:(r+1)*row])
	}
	return ws.batch
}

// Logits writes the first outputs of the head for given hidden states to dst,
// rows×outputs, and returns it. states is rows×Hidden. It panics if a length does
// not fit.
func (n *Network[T]) Logits(dst, states []T, rows, outputs int) []T {
	out := dense(rows, outputs, dst)
	fillRows(out, n.d[:outputs])
	head := matrix[T]{rows: n.Hidden, cols: outputs, stride: n.Outputs, data: n.v}
	gemm(blas.NoTrans, blas.NoTrans, dense(rows, n.Hidden, states), head, 1, out)
	return dst[:rows*outputs]
}
