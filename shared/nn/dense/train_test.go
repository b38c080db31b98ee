package dense

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// sample holds rows whose outcome follows from their inputs.
type sample struct {
	x       [][]float64
	outcome func(x []float64) bool
}

func (s sample) Len() int { return len(s.x) }

func (s sample) Read(dst []float64, i int) bool {
	copy(dst, s.x[i])
	return s.outcome(s.x[i])
}

// spread draws rows of normal inputs about a mean.
func spread(n, inputs int, mean float64, outcome func(x []float64) bool) sample {
	rng, s := source(), sample{outcome: outcome}
	for range n {
		row := make([]float64, inputs)
		for j := range row {
			row[j] = mean + rng.NormFloat64()
		}
		s.x = append(s.x, row)
	}
	return s
}

func TestGradientEqualsFiniteDifferences(t *testing.T) {
	rng := source()
	tr := newTraining(Shape{Varying: 3, Shared: 2, Hidden: 4}, 7)
	tr.draw(rng)
	for _, values := range [][]float64{tr.x, tr.params} {
		for i := range values {
			values[i] += rng.NormFloat64()
		}
	}
	for r := range tr.y {
		tr.y[r] = float64(r % 2)
	}
	tr.gradient()
	grad := slices.Clone(tr.grad)
	for i := range tr.params {
		const h = 1e-6
		before := tr.params[i]
		tr.params[i] = before + h
		up := tr.gradient()
		tr.params[i] = before - h
		down := tr.gradient()
		tr.params[i] = before
		if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-6*math.Max(1e-2, math.Abs(want)) {
			t.Errorf("parameter %d: finite differences give %v, the gradient %v", i, want, grad[i])
		}
	}
}

// right returns the share of rows whose outcome the network finds more likely
// than not. Varying inputs are the first of a row.
func right(n *Network, s sample) float64 {
	ws, logit, hits := NewWorkspace(n.Shape, 1), make([]float32, 1), 0
	for _, x := range s.x {
		row := make([]float32, len(x))
		for j, v := range x {
			row[j] = float32(v)
		}
		if n.Logits(logit, ws, row[:n.Varying], row[n.Varying:]); (logit[0] > 0) == s.outcome(x) {
			hits++
		}
	}
	return float64(hits) / float64(len(s.x))
}

// Whether two inputs lie on the same side of their mean does not follow from a
// weighted sum of them, so that the hidden layer is needed. The mean is far from 0,
// like that of the logarithm of a gap.
func TestTrainingLearnsAnExclusiveOr(t *testing.T) {
	const mean = 100
	same := func(x []float64) bool { return (x[0] > mean) == (x[1] > mean) }
	cfg := Config{Hidden: 16, Updates: 1500, Batch: 64, Rate: 2e-2}
	n, err := Train(t.Context(), cfg, 1, 1, spread(4000, 2, mean, same), source())
	if err != nil {
		t.Fatal(err)
	}
	if got := right(n, spread(2000, 2, mean, same)); got < 0.93 {
		t.Errorf("%v of the rows are classified correctly", got)
	}
}

func TestTheSameRowsGiveTheSameNetwork(t *testing.T) {
	rows := spread(200, 2, 0, func(x []float64) bool { return x[0] > x[1] })
	cfg := Config{Hidden: 4, Updates: 20, Batch: 8, Rate: 1e-2, Decay: 1e-2}
	first, err := Train(t.Context(), cfg, 1, 1, rows, source())
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := Train(t.Context(), cfg, 1, 1, rows, source()); !slices.Equal(first.Params(), again.Params()) {
		t.Error("the parameters differ")
	}
}

// An input that never varies carries no information and must not disturb the others.
func TestAConstantInputIsLeftOut(t *testing.T) {
	rows := spread(500, 2, 0, func(x []float64) bool { return x[0] > 0 })
	for _, x := range rows.x {
		x[1] = 7
	}
	n, err := Train(t.Context(), Config{Hidden: 4, Updates: 300, Batch: 32, Rate: 2e-2}, 1, 1, rows, source())
	if err != nil {
		t.Fatal(err)
	}
	if got := right(n, rows); got < 0.95 {
		t.Errorf("%v of the rows are classified correctly", got)
	}
	if w := n.Params()[n.Hidden : 2*n.Hidden]; slices.Max(w) != 0 || slices.Min(w) != 0 {
		t.Errorf("weights of the constant are %v", w)
	}
}

func TestTheRateRisesAndFalls(t *testing.T) {
	begin, top, end := schedule(0), schedule(0.1), schedule(1)
	if !(begin < 0.1 && math.Abs(top-1) < 1e-9 && end < 0.01) {
		t.Errorf("the rate goes %v, %v, %v", begin, top, end)
	}
}

func TestWhatCannotBeTrainedIsAnError(t *testing.T) {
	rows := spread(10, 2, 0, func([]float64) bool { return true })
	good := Config{Hidden: 2, Updates: 1, Batch: 2, Rate: 0.1}
	for want, spoil := range map[string]func(*Config){
		"hidden must be between 1 and 192, was: 0":  func(c *Config) { c.Hidden = 0 },
		"updates must be at least 1, was: 0":        func(c *Config) { c.Updates = 0 },
		"batch must be at least 1, was: -1":         func(c *Config) { c.Batch = -1 },
		"rate must be above 0 and decay at least 0": func(c *Config) { c.Rate = math.NaN() },
		"decay at least 0, were: 0.1, -1":           func(c *Config) { c.Decay = -1 },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := Train(t.Context(), cfg, 1, 1, rows, source()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := Train(t.Context(), good, 1, 1, sample{}, source()); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
}

func TestATrainingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows := spread(10, 2, 0, func([]float64) bool { return true })
	if n, err := Train(ctx, Config{Hidden: 2, Updates: 1 << 30, Batch: 2, Rate: 0.1}, 1, 1, rows, source()); n != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", n, err)
	}
}
