package dense

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// training is a network in double precision, with one batch and its gradient.
type training struct {
	Shape
	batch        int // rows
	params, grad []float64
	x            []float64 // batch × inputs, standardised
	y            []float64 // batch: outcomes, 0 or 1
	h, dh        []float64 // batch × Hidden: outputs of the units, and gradients of their inputs
	dz           []float64 // batch: logits, then their gradients
}

func newTraining(s Shape, batch int) *training {
	return &training{
		Shape: s, batch: batch,
		params: make([]float64, s.Size()), grad: make([]float64, s.Size()),
		x: make([]float64, batch*s.inputs()), y: make([]float64, batch),
		h: make([]float64, batch*s.Hidden), dh: make([]float64, batch*s.Hidden), dz: make([]float64, batch),
	}
}

// draw sets the first parameters. The weights have the variance with which
// rectified units keep the variance of their inputs. Biases are 0.
//
// Source: He et al., "Delving Deep into Rectifiers", ICCV 2015.
func (t *training) draw(rng *rand.Rand) {
	w, _, v, _ := split(t.Shape, t.params)
	for i := range w {
		w[i] = rng.NormFloat64() * math.Sqrt(2/float64(t.inputs()))
	}
	for i := range v {
		v[i] = rng.NormFloat64() * math.Sqrt(1/float64(t.Hidden))
	}
}

// load draws the rows of a batch and standardises them.
func (t *training) load(rows Rows, s standardisation, rng *rand.Rand) {
	in := t.inputs()
	for r := range t.batch {
		x := t.x[r*in : (r+1)*in]
		t.y[r] = 0
		if rows.Read(x, rng.IntN(rows.Len())) {
			t.y[r] = 1
		}
		s.apply(x)
	}
}

// gradient sets grad to the gradient of the mean cross-entropy of the batch, and
// returns the cross-entropy.
func (t *training) gradient() (entropy float64) {
	_, _, v, _ := split(t.Shape, t.params)
	dw, db, dv, _ := split(t.Shape, t.grad)
	x, h, dh := t.matrices()
	clear(t.grad)
	t.forward()
	entropy = t.logitGradients()
	blas64.Gemv(blas.Trans, 1, h, vector(t.dz), 0, vector(dv))
	t.unitGradients(v, db)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, dh, 0, matrix(t.inputs(), t.Hidden, dw))
	return entropy
}

// forward sets h, and dz to the logits: h = max(0, x·W + b), z = h·v + c.
func (t *training) forward() {
	w, b, v, c := split(t.Shape, t.params)
	x, h, _ := t.matrices()
	for r := range t.batch {
		copy(t.h[r*t.Hidden:(r+1)*t.Hidden], b)
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, x, matrix(t.inputs(), t.Hidden, w), 1, h)
	for i, a := range t.h {
		t.h[i] = max(a, 0)
	}
	blas64.Gemv(blas.NoTrans, 1, h, vector(v), 0, vector(t.dz))
	for r := range t.dz {
		t.dz[r] += c
	}
}

// logitGradients turns the logits in dz into their gradients, adds these to that of
// c, and returns the mean cross-entropy. With p = 1/(1 + exp(-z)), for one row:
//
//	-y·log(p) - (1-y)·log(1-p) = max(z, 0) - z·y + log(1 + exp(-|z|)),  dz = p - y
func (t *training) logitGradients() (entropy float64) {
	dc := &t.grad[len(t.grad)-1]
	for r, z := range t.dz {
		entropy += (math.Max(z, 0) - z*t.y[r] + math.Log1p(math.Exp(-math.Abs(z)))) / float64(t.batch)
		t.dz[r] = (1/(1+math.Exp(-z)) - t.y[r]) / float64(t.batch)
		*dc += t.dz[r]
	}
	return entropy
}

// unitGradients sets dh to the gradients of the units' inputs and adds them to db. A
// unit whose output is 0 passes no gradient.
func (t *training) unitGradients(v, db []float64) {
	for r, d := range t.dz {
		for k, out := range v {
			i := r*t.Hidden + k
			t.dh[i] = 0
			if t.h[i] > 0 {
				t.dh[i] = d * out
				db[k] += d * out
			}
		}
	}
}

// matrices returns x, h and dh as matrices with a row for each row of the batch.
func (t *training) matrices() (x, h, dh blas64.General) {
	return matrix(t.batch, t.inputs(), t.x), matrix(t.batch, t.Hidden, t.h), matrix(t.batch, t.Hidden, t.dh)
}

// matrix returns data as a row-major matrix of gonum.
func matrix(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

func vector(data []float64) blas64.Vector { return blas64.Vector{N: len(data), Inc: 1, Data: data} }
