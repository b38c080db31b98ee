package dense

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"prewarm/shared/nn/adam"
)

// Config says how a network is trained.
type Config struct {
	Hidden  int     // units, see Shape
	Updates int     // steps of Adam, at least 1
	Batch   int     // rows per step, at least 1
	Rate    float64 // highest learning rate, above 0
	Decay   float64 // an update takes away the share Decay·(learning rate) of W; at least 0
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
// It standardises the inputs (standardise.go); the network that it returns takes
// them as they are. The learning rate rises over a tenth of the updates and falls
// along half a cosine. The result depends on the arguments only. When ctx ends,
// Train returns its error.
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
	scaling := measure(rows, shape.inputs(), rng)
	t.draw(rng)
	optimiser := adam.New[float64](shape.Size())
	w, _, _, _ := split(shape, t.params)
	for update := range cfg.Updates {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.load(rows, scaling, rng)
		t.gradient()
		rate := cfg.Rate * schedule(float64(update)/float64(cfg.Updates))
		for i := range w {
			w[i] -= rate * cfg.Decay * w[i]
		}
		optimiser.Update(t.params, t.grad, rate)
	}
	return scaling.network(shape, t.params), nil
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
