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
	Hidden  int     // units, see Shape
	Updates int     // steps of Adam, at least 1
	Batch   int     // rows per step, at least 1
	Rate    float64 // highest learning rate, above 0
	Decay   float64 // share of W that an update takes away, per unit of learning rate; at least 0
}

// Validate checks the bounds, except that of Hidden, which Shape checks. The error
// names field, bound and value.
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

// ErrNoRows means that there are no rows to train on.
var ErrNoRows = errors.New("dense: no rows")

// Train minimises the cross-entropy over rows, which it draws with equal chance.
// Inputs are standardised by their mean and deviation over rows; the parameters of
// the result include that, so that its inputs are plain. The learning rate rises
// over a tenth of the updates and falls along half a cosine. The result depends on
// the arguments only. When ctx ends, Train returns its error.
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

// schedule returns the learning rate after a share of the updates, as a share of
// the highest one.
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
	mean, scale  []float64 // of the inputs: means, and inverted standard deviations
	params, grad []float64
	x            []float64 // batch × inputs
	y            []float64 // batch
	h, dh        []float64 // batch × Hidden: outputs of the units, and gradients of their inputs
	dz           []float64 // batch: logits, then their gradients
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

// maxStandard bounds the number of rows that means and deviations are measured on.
const maxStandard = 50_000

// standardise measures mean and deviation of each input in one pass. An input that
// does not vary gets the scale 0, which leaves it out.
//
// Source: Welford, "Note on a method for calculating corrected sums of squares and
// products", Technometrics 4(3), 1962.
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

// matrix returns data as a row-major matrix of gonum.
func matrix(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

func vector(data []float64) blas64.Vector { return blas64.Vector{N: len(data), Inc: 1, Data: data} }

// gradient sets grad to the gradient of the mean cross-entropy of the batch, and
// returns the cross-entropy.
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

// backward sets dh to the gradients of the units' inputs and adds them to db. A
// unit whose output is 0 passes no gradient.
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

// network returns the network for plain inputs. Its biases are computed from the
// rounded weights: at the means of the inputs, rounding then changes nothing.
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
