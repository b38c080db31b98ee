package fit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/forest"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// Options says how the parts are trained.
type Options struct {
	Seed      uint64
	Hidden    int           // cells of the network
	Updates   int           // of each of the three networks, 128 sequences each
	Rate      float64       // first learning rate of Adam
	Timers    float64       // share of examples that are made-up timers
	Examples  int           // windows that what follows the LSTM is trained on
	Forest    forest.Config // of the refiner
	Need      forest.Config // of the forest of the need
	Boost     float64       // rate at which the trees of both are boosted
	Dense     dense.Config  // of the network beside the refiner
	Cold      forest.Config // of the forest of the next hour's cold starts
	SaveEvery int           // updates between checkpoints
	Progress  Progress      // told of progress; may be called often
	Code      string        // identity of the code that trains: a checkpoint of other code is not taken up

	// Split puts owners into groups; GroupOf where it is nil.
	Split func(owner string) Group

	// WithoutLSTM trains what follows the LSTM with one that says nothing: its
	// weights are 0, so that it states the same of every window. WithoutDense
	// leaves the dense network at weights of 0. GapColumnsOnly hides the columns
	// of contexts and paces from the refiner.
	WithoutLSTM, WithoutDense, GapColumnsOnly bool
}

// ForestsAlone returns the options of forests on the gap columns that have
// neither network beside them. The refiner has as many trees more as the bytes of
// the dense network would hold.
func (o Options) ForestsAlone() Options {
	o = o.ForestsOnAll()
	o.GapColumnsOnly = true
	return o
}

// ForestsOnAll returns the options of such forests that read contexts and paces
// as well.
func (o Options) ForestsOnAll() Options {
	o.WithoutLSTM, o.WithoutDense = true, true
	o.Forest.Trees += denseTrees
	return o
}

// denseTrees is how many trees of the shipped refiner, of 436 bytes each beside
// the cuts that they share, take the 17,696 bytes of the shipped dense network.
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

// Train trains a model on tasks, of which those in TestGroup are left out. It
// takes up from what store holds of the same training, and keeps its progress
// there: when ctx ends, it saves and returns an error that wraps ctx.Err().
// The model depends on the options and the tasks only, whether interrupted or
// not.
func Train(ctx context.Context, o Options, tasks []Task, store Store) (*forecast.Model, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	groups := o.split(tasks)
	if err := checkTasks(tasks, groups); err != nil {
		return nil, err
	}
	both := slices.Concat(groups[FoldA], groups[FoldB])
	if o.WithoutLSTM {
		silent := o.silent()
		return o.assemble(ctx, []*lstm.Network[float32]{silent, silent, silent}, groups, both)
	}
	ck, err := resume(store, o.fingerprint(tasks))
	if err != nil {
		return nil, err
	}
	var networks []*lstm.Network[float32]
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
	return o.assemble(ctx, networks, groups, both)
}

// assemble trains what follows the networks. None of it is kept when ctx ends:
// it takes little more than a minute.
func (o Options) assemble(ctx context.Context, networks []*lstm.Network[float32], groups [4][]Task, both []Task) (*forecast.Model, error) {
	var pool feature.KaplanMeier
	for _, t := range both {
		pool.Add(t.Counts)
	}
	m := &forecast.Model{Network: networks[2], Pooled: pool.Distribution()}
	if err := o.stage(ctx, "adaptation"); err != nil {
		return nil, err
	}
	if !o.WithoutLSTM {
		m.Adapt = o.adapt(m.Network, groups[Calibration])
	}
	if err := o.trainRefiners(ctx, m, networks[0], networks[1], groups); err != nil {
		return nil, err
	}
	if err := o.stage(ctx, "calibration"); err != nil {
		return nil, err
	}
	return m, o.calibrate(m, groups[Calibration])
}

// stage reports a stage that begins, unless ctx has ended.
func (o Options) stage(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("fit: %s not begun: %w", name, err)
	}
	o.Progress(name, 0, 1, 0)
	return nil
}
