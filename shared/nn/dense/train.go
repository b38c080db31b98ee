package dense

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"prewarm/shared/nn/adam"
)

// Config says how a network is trained.
type Config struct {
	Hidden  int     // units
	Updates int     // steps of Adam
	Batch   int     // rows per step
	Rate    float64 // highest learning rate
	Decay   float64 // of the weights W per step, times the learning rate
}

// Validate checks all but Hidden, which a Shape bounds. The error names field,
// bound and value.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"updates", c.Updates}, {"batch", c.Batch}} {
		if f.value < 1 {
			return fmt.Errorf("dense: %s must be at least 1, was: %d", f.name, f.value)
		}
	}
	if !(c.Rate > 0) || !(c.Decay >= 0) {
		return fmt.Errorf("dense: rate must be above 0 and decay at least 0, were: %v, %v", c.Rate, c.Decay)
	}
	return nil
}

// Rows are the examples that a network is trained on.
type Rows interface {
	Len() int
	// Read writes the inputs of row i to dst, varying and then shared, and
	// returns whether its outcome is 1.
	Read(dst []float64, i int) bool
}

// ErrNoRows means that there is nothing to train on.
var ErrNoRows = errors.New("dense: no rows")

// Train minimises the cross-entropy over rows, drawn with equal chance. Inputs
// are standardised by their mean and deviation over rows, which the parameters
// then hold. The learning rate rises for a tenth of the updates and falls along
// half a cosine. The result depends on the arguments only; when ctx ends, the
// error is that of ctx.
//
// Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR
// 2019.
func Train(ctx context.Context, cfg Config, varying, shared int, rows Rows, rng *rand.Rand) (*Network, error) {
	shape := Shape{Varying: varying, Shared: shared, Hidden: cfg.Hidden}
	if err := errors.Join(cfg.Validate(), shape.Validate()); err != nil {
		return nil, err
	}
	if rows.Len() == 0 {
		return nil, ErrNoRows
	}
	t := newTraining(shape, cfg.Batch)
	t.standardise(rows, rng)
	t.draw(rng)
	optimiser := adam.New[float64](shape.Size())
	w, _, _, _ := split(shape, t.params)
	for update := range cfg.Updates {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.load(rows, rng)
		t.gradient()
		rate := cfg.Rate * schedule(float64(update)/float64(cfg.Updates))
		for i := range w {
			w[i] -= rate * cfg.Decay * w[i]
		}
		optimiser.Update(t.params, t.grad, rate)
	}
	return t.network(), nil
}

// schedule returns the share of the highest learning rate after a share of the
// updates.
func schedule(done float64) float64 {
	const warm = 0.1
	if done < warm {
		return 0.04 + 0.96*done/warm
	}
	return 0.001 + 0.999*(1+math.Cos(math.Pi*(done-warm)/(1-warm)))/2
}

// training is a network in double precision, with one batch and its gradient.
type training struct {
	Shape
	batch        int
	mean, scale  []float64 // of the inputs: deviations, inverted
	params, grad []float64
	x            []float64 // batch × inputs
	y            []float64 // batch
	h, dh        []float64 // batch × Hidden: rectified, and gradients of what was
	dz           []float64 // batch
}

func newTraining(s Shape, batch int) *training {
	in := s.inputs()
	return &training{
		Shape: s, batch: batch, mean: make([]float64, in), scale: make([]float64, in),
		params: make([]float64, s.Size()), grad: make([]float64, s.Size()),
		x: make([]float64, batch*in), y: make([]float64, batch),
		h: make([]float64, batch*s.Hidden), dh: make([]float64, batch*s.Hidden), dz: make([]float64, batch),
	}
}

// maxStandard bounds the rows that mean and deviation are taken from.
const maxStandard = 50_000

// standardise takes mean and deviation of the inputs. One that does not vary is
// left out: its scale is 0.
func (t *training) standardise(rows Rows, rng *rand.Rand) {
	n := min(rows.Len(), maxStandard)
	row, squares := make([]float64, t.inputs()), make([]float64, t.inputs())
	for k := range n {
		i := k
		if n < rows.Len() {
			i = rng.IntN(rows.Len())
		}
		rows.Read(row, i)
		for j, v := range row {
			before := v - t.mean[j]
			t.mean[j] += before / float64(k+1)
			squares[j] += before * (v - t.mean[j])
		}
	}
	for j, s := range squares {
		if deviation := math.Sqrt(s / float64(n)); deviation > 1e-6 {
			t.scale[j] = 1 / deviation
		}
	}
}

// draw sets the first parameters: weights of the variance that keeps that of
// rectified units, biases of 0.
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

// load draws a batch.
func (t *training) load(rows Rows, rng *rand.Rand) {
	in := t.inputs()
	for r := range t.batch {
		x := t.x[r*in : (r+1)*in]
		t.y[r] = 0
		if rows.Read(x, rng.IntN(rows.Len())) {
			t.y[r] = 1
		}
		for j := range x {
			x[j] = (x[j] - t.mean[j]) * t.scale[j]
		}
	}
}

func matrix(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

func vector(data []float64) blas64.Vector { return blas64.Vector{N: len(data), Inc: 1, Data: data} }

// gradient sets the gradient of the batch's mean cross-entropy, which it
// returns.
func (t *training) gradient() (entropy float64) {
	w, b, v, c := split(t.Shape, t.params)
	dw, db, dv, _ := split(t.Shape, t.grad)
	x, h, dh := matrix(t.batch, t.inputs(), t.x), matrix(t.batch, t.Hidden, t.h), matrix(t.batch, t.Hidden, t.dh)
	for r := range t.batch {
		copy(t.h[r*t.Hidden:(r+1)*t.Hidden], b)
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, x, matrix(t.inputs(), t.Hidden, w), 1, h)
	for i, a := range t.h {
		t.h[i] = max(a, 0)
	}
	blas64.Gemv(blas.NoTrans, 1, h, vector(v), 0, vector(t.dz))
	clear(t.grad)
	for r, z := range t.dz {
		z += c
		entropy += (math.Max(z, 0) - z*t.y[r] + math.Log1p(math.Exp(-math.Abs(z)))) / float64(t.batch)
		t.dz[r] = (1/(1+math.Exp(-z)) - t.y[r]) / float64(t.batch)
		t.grad[len(t.grad)-1] += t.dz[r]
	}
	blas64.Gemv(blas.Trans, 1, h, vector(t.dz), 0, vector(dv))
	t.backward(v, db)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, dh, 0, matrix(t.inputs(), t.Hidden, dw))
	return entropy
}

// backward sets the gradients of the units' sums, and adds them to db.
func (t *training) backward(v, db []float64) {
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

// network returns the network for inputs that are not standardised. Its biases
// make up for what the rounding of W moves at the inputs' means.
func (t *training) network() *Network {
	params := make([]float32, len(t.params))
	w, b, _, _ := split(t.Shape, t.params)
	for i, p := range t.params {
		params[i] = float32(p)
	}
	for j, mean := range t.mean {
		for k := range t.Hidden {
			weight := round(float32(w[j*t.Hidden+k] * t.scale[j]))
			params[j*t.Hidden+k] = weight
			b[k] -= float64(weight) * mean
		}
	}
	for k, v := range b {
		params[len(w)+k] = float32(v)
	}
	return FromParams(t.Shape, params)
}
