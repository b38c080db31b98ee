// Package hourlyfit trains the parts of an hourly.Model:
//
//  1. The LSTM of functions, on those that are called often enough: one for each
//     group that has not seen that group, and one on all of them for the model
//     (network.go, on examples of window.go).
//  2. The adaptation of its head, by the squared error on functions that the LSTM
//     has not seen (refine.go).
//  3. The boosted trees, on the folds, and the weight of their forecast beside the
//     LSTM's, on the calibration group (refine.go). The trees of the model are then
//     trained on all groups with that weight.
//  4. The LSTM of series, on one region (series.go): a training on the first
//     quarter chooses the adaptation on the rest, another one takes all of it.
//
// Groups, timers and steps of Adam are those of package fit. The model depends on
// options and data only. It is trained in minutes and has no checkpoints.
package hourlyfit

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"prewarm/models/train/fit"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
)

// Options are the options of a training. Defaults holds those of the shipped
// model.
type Options struct {
	Seed         uint64
	Hidden       int           // cells of the LSTM of a function
	SeriesHidden int           // cells of that of a series
	Updates      int           // of each LSTM, with batchSize sequences each
	Rate         float64       // first learning rate of Adam
	Dense        float64       // least share of active minutes of a function that the LSTM is trained on
	Timers       float64       // share of examples that are made-up timers, 0 to below 1
	Stride       int           // minutes from one example of a function to the next
	Examples     int           // bound of the windows that each LSTM, and the trees of each group, are trained on
	Forest       forest.Config // of the boosted trees
	Boost        float64       // rate at which they are boosted
	Progress     fit.Progress  // receives the progress

	// Split puts owners into groups; nil means fit.GroupOf.
	Split func(owner string) fit.Group
}

// Defaults returns the options of the shipped model.
func Defaults(seed uint64) Options {
	return Options{
		Seed: seed, Hidden: 6, SeriesHidden: 4, Updates: 4000, Rate: 0.01, Timers: 0.02, Stride: 9, Examples: 320_000,
		Forest:   forest.Config{Trees: 150, MaxLeafs: 14, MinLeaf: 200, Features: 14, Cuts: 32, Sample: 0.5, Prior: 20},
		Boost:    0.065,
		Progress: func(string, int, int, float64) {},
	}
}

// validate names the first option out of bounds. The negated comparisons refuse NaN
// too.
func (o Options) validate() error {
	for _, f := range []struct {
		name       string
		value, min int
	}{{"hidden", o.Hidden, 1}, {"series_hidden", o.SeriesHidden, 1}, {"updates", o.Updates, 1}, {"stride", o.Stride, 1}, {"examples", o.Examples, 16}} {
		if f.value < f.min {
			return fmt.Errorf("hourly: %s must be at least %d, was: %d", f.name, f.min, f.value)
		}
	}
	if !(o.Rate > 0) || !(o.Timers >= 0 && o.Timers < 1) || !(o.Dense >= 0 && o.Dense < 1) {
		return fmt.Errorf("hourly: rate must be above 0, timers and dense from 0 to below 1, were: %v, %v, %v", o.Rate, o.Timers, o.Dense)
	}
	return nil
}

// Train trains a model on the functions of tasks without those of the test group,
// and on the cold starts per minute of one region. It returns an error that wraps
// ctx.Err() when ctx ends.
func Train(ctx context.Context, o Options, tasks []fit.Task, region []int32) (*hourly.Model, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	m := &hourly.Model{}
	if err := o.trainFunctions(ctx, m, tasks); err != nil {
		return nil, err
	}
	if err := o.trainSeries(ctx, m, region); err != nil {
		return nil, err
	}
	return m, nil
}

// trainFunctions trains all parts for functions. For each group there is an LSTM
// that has not seen it; adaptation and trees are trained on what these predict. The
// LSTM of the model has seen all groups.
func (o Options) trainFunctions(ctx context.Context, m *hourly.Model, tasks []fit.Task) error {
	groups, err := o.split(tasks)
	if err != nil {
		return err
	}
	// The gaps are pooled without the calibration group, which has to stay new to
	// all that is compared on it.
	both := slices.Concat(groups[fit.FoldA], groups[fit.FoldB])
	pooled := fit.PooledGaps(both)
	m.Gaps = hourly.NewGaps(&pooled)
	unseen := map[fit.Group][]fit.Task{
		fit.FoldA: groups[fit.FoldB], fit.FoldB: groups[fit.FoldA], fit.Calibration: both,
	}
	networks := map[fit.Group]*lstm.Network[float32]{} // by the group they have not seen
	for _, g := range fit.TrainGroups() {
		stage := fmt.Sprintf("hourly network %d", g+1)
		if networks[g], err = o.trainNetwork(ctx, stage, m, unseen[g]); err != nil {
			return err
		}
	}
	if err := o.refine(ctx, m, networks, groups); err != nil {
		return err
	}
	// The adaptation and the weight are fixed by now, so the last LSTM may see all
	// groups: nothing is chosen on its predictions.
	m.Function, err = o.trainNetwork(ctx, "hourly network all", m, slices.Concat(both, groups[fit.Calibration]))
	return err
}

// split sorts the tasks that are long enough for one example into groups.
func (o Options) split(tasks []fit.Task) (fit.Groups, error) {
	// slices.DeleteFunc works in place, and tasks belongs to the caller.
	long := slices.DeleteFunc(slices.Clone(tasks), func(t fit.Task) bool {
		return len(t.Counts) < (hourly.MinHours+1)*hourly.Hour
	})
	groups, err := fit.Split(long, o.Split)
	if err != nil {
		return groups, fmt.Errorf("hourly: functions of at least %d steps: %w", (hourly.MinHours+1)*hourly.Hour, err)
	}
	return groups, nil
}

// source returns the random source of one stage.
func (o Options) source(stage string) *rand.Rand {
	// Each stage has a source of its own: a change of one stage then leaves the
	// random numbers of the others as they are.
	h := fnv.New64a()
	h.Write([]byte(stage))
	return rand.New(rand.NewPCG(o.Seed, h.Sum64()))
}
