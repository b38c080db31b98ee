// Package fit trains the parts of a forecast.Model, on the calls of many
// functions:
//
//  1. Split puts functions into groups by their owners. Those of TestGroup are
//     never read.
//  2. Three LSTMs are trained: one on each of two folds, and one on both, which is
//     that of the model (network.go, shard.go, loss.go).
//  3. The adaptation of its head is chosen on the calibration group (adapt.go).
//  4. Refiner, dense network and the forests of need and cold starts are trained
//     on rows of each fold, made with the LSTM that has seen the other fold only
//     (refine.go, rows.go, need.go, dense.go). They learn how far an LSTM is to be
//     trusted on functions that are new to it. This is stacking: Wolpert, "Stacked
//     generalization", Neural Networks 5(2), 1992.
//  5. The stack, a logistic regression that joins the parts and calibrates the
//     probability, is fitted on the calibration group (calibrate.go, logistic.go).
//
// The LSTMs take most of the time and are kept in checkpoints. The model depends on
// options, code and tasks only, not on the number of processors or on interruptions.
package fit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prewarm/shared/forecast"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// Options are the options of a training. Defaults holds those of the shipped
// model.
type Options struct {
	Seed      uint64
	Hidden    int           // cells of the LSTM
	Updates   int           // of each of the three LSTMs, with 128 sequences each
	Rate      float64       // first learning rate of Adam
	Timers    float64       // share of examples that are made-up timers, 0 to 1
	Examples  int           // histories that the parts after the LSTM are trained on
	Forest    forest.Config // of the refiner
	Need      forest.Config // of the forest of the need
	Boost     float64       // rate at which the trees of both are boosted
	Dense     dense.Config  // of the dense network
	Cold      forest.Config // of the forest of the next hour's cold starts
	SaveEvery int           // updates between checkpoints
	Progress  Progress      // receives the progress; may be called often
	Code      string        // identity of the code that trains; a checkpoint of other code is not resumed

	// Split puts owners into groups; nil means GroupOf.
	Split func(owner string) Group

	// For ablations. WithoutLSTM leaves the LSTM at weights of 0, so that it
	// predicts the same for every window, and trains the rest beside it.
	// WithoutDense leaves the dense network at weights of 0. GapColumnsOnly hides
	// the columns of contexts and paces from the refiner.
	WithoutLSTM, WithoutDense, GapColumnsOnly bool
}

// ForestsAlone returns the options of an ablation: forests on the gap columns,
// without LSTM and dense network, with the dense network's bytes spent on more
// trees of the refiner instead.
func (o Options) ForestsAlone() Options {
	o = o.ForestsOnAll()
	o.GapColumnsOnly = true
	return o
}

// ForestsOnAll returns the options of the same ablation with forests that read
// contexts and paces too.
func (o Options) ForestsOnAll() Options {
	o.WithoutLSTM, o.WithoutDense = true, true
	o.Forest.Trees += denseTrees
	return o
}

// denseTrees is the number of trees of the shipped refiner that take the 17,696
// bytes of the shipped dense network. A tree takes 436 bytes, beside the cuts that
// all trees share.
const denseTrees = 40

// Defaults returns the options of the shipped model.
func Defaults(seed uint64) Options {
	return Options{
		Seed: seed, Hidden: 32, Updates: 2000, Rate: 4e-3, Timers: 0.12, Examples: 320_000, SaveEvery: 100,
		Forest:   forest.Config{Trees: 32, MaxLeafs: 102, MinLeaf: 5, Features: 16, Cuts: 96, Sample: 0.5, Prior: 2},
		Need:     forest.Config{Trees: 80, MaxLeafs: 48, MinLeaf: 40, Features: 10, Cuts: 64, Sample: 0.5, Prior: 2},
		Boost:    0.12,
		Dense:    dense.Config{Hidden: 96, Updates: 20_000, Batch: 512, Rate: 5e-3, Decay: 1e-2},
		Cold:     forest.Config{Trees: 30, MaxLeafs: 48, MinLeaf: 60, Features: 13, Cuts: 32, Sample: 0.5, Prior: 10},
		Progress: func(string, int, int, float64) {},
	}
}

// validate names the first option out of bounds. The negated comparisons refuse NaN
// too.
func (o Options) validate() error {
	for _, f := range []struct {
		name       string
		value, min int
	}{{"hidden", o.Hidden, 1}, {"updates", o.Updates, 1}, {"examples", o.Examples, 64}, {"save_every", o.SaveEvery, 1}} {
		if f.value < f.min {
			return fmt.Errorf("fit: %s must be at least %d, was: %d", f.name, f.min, f.value)
		}
	}
	if !(o.Rate > 0) || !(o.Timers >= 0 && o.Timers <= 1) {
		return fmt.Errorf("fit: rate must be above 0 and timers between 0 and 1, were: %v, %v", o.Rate, o.Timers)
	}
	return errors.Join(o.shape().Validate(), forecast.DenseShape(o.Dense.Hidden).Validate(), o.Dense.Validate())
}

// Train trains a model on tasks without those of TestGroup. It resumes the same
// training from store if there is a checkpoint of it, and saves its progress there.
// When ctx ends, it saves and returns an error that wraps ctx.Err(). The model is
// the same whether the training was interrupted or not.
func Train(ctx context.Context, o Options, tasks []Task, store Store) (*forecast.Model, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	groups, err := Split(tasks, o.Split)
	if err := errors.Join(err, checkLengths(tasks)); err != nil {
		return nil, err
	}
	both := slices.Concat(groups[FoldA], groups[FoldB])
	networks, err := o.trainNetworks(ctx, groups, both, store, o.fingerprint(tasks))
	if err != nil {
		return nil, err
	}
	return o.assemble(ctx, networks, groups, both)
}

// trainNetworks trains the LSTMs of fold A, of fold B and of both. It resumes the
// checkpoint in store if that is of the training with the given fingerprint.
func (o Options) trainNetworks(ctx context.Context, groups Groups, both []Task, store Store, fingerprint uint64) ([]*lstm.Network[float32], error) {
	// Checkpoints hold LSTMs only, and here there is none to train.
	if o.WithoutLSTM {
		zero := lstm.FromParams(o.shape(), make([]float32, o.shape().Size()))
		return []*lstm.Network[float32]{zero, zero, zero}, nil
	}
	ck, err := resume(store, fingerprint)
	if err != nil {
		return nil, err
	}
	var networks []*lstm.Network[float32]
	// One after the other: each training already uses the processors, and the names
	// are the keys of the checkpoint.
	for _, stage := range []struct {
		name  string
		tasks []Task
	}{{"network on fold A", groups[FoldA]}, {"network on fold B", groups[FoldB]}, {"network on both", both}} {
		n, err := trainNetwork(ctx, o, stage.name, stage.tasks, ck.stage(o, stage.name), func() error { return ck.save(store) })
		if err != nil {
			return nil, err
		}
		networks = append(networks, n)
	}
	return networks, nil
}

// assemble trains the parts after the LSTMs, which are those of fold A, of fold B
// and of both. It has no checkpoint: after an interruption it starts again.
func (o Options) assemble(ctx context.Context, networks []*lstm.Network[float32], groups Groups, both []Task) (*forecast.Model, error) {
	// The gaps are pooled over the folds only. Calibration and test functions must
	// be new to every part.
	m := &forecast.Model{Network: networks[2], Pooled: PooledGaps(both)}
	if err := o.stage(ctx, "adaptation"); err != nil {
		return nil, err
	}
	// An LSTM of zeros has no state to adapt to.
	if !o.WithoutLSTM {
		m.Adapt = o.adapt(m.Network, groups[Calibration])
	}
	if err := o.trainOnRows(ctx, m, networks[0], networks[1], groups); err != nil {
		return nil, err
	}
	if err := o.stage(ctx, "calibration"); err != nil {
		return nil, err
	}
	// Last, because the stack is fitted to the predictions of all finished parts.
	return m, o.calibrate(m, groups[Calibration])
}

// stage reports the beginning of a stage. It returns an error if ctx has ended.
func (o Options) stage(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("fit: %s not begun: %w", name, err)
	}
	o.Progress(name, 0, 1, 0)
	return nil
}
