// Package fit trains the parts of an hourly model: the networks on dense
// functions and on the series of one region, the adaptation on functions that
// the network has not seen, and the boosted trees beside it.
package hourlyfit

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/forest"
	"prewarm/shared/nn/lstm"
)

// Options says how the parts are trained.
type Options struct {
	Seed         uint64
	Hidden       int           // cells of the network of a function
	SeriesHidden int           // cells of that of a series
	Updates      int           // of each network, batchSize sequences each
	Rate         float64       // first learning rate of Adam
	Dense        float64       // the network is trained on functions with calls in at least this share of the minutes
	Timers       float64       // share of examples that are made-up timers
	Stride       int           // minutes from one example of a function to the next
	Examples     int           // windows that each network, and the forest of each group, is trained on at most
	Forest       forest.Config // of the boosted trees
	Boost        float64       // rate at which they are boosted
	Progress     fit.Progress

	// Split puts owners into groups; fit.GroupOf where it is nil.
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

// Train trains a model on the functions of tasks, of which those of the test
// group are left out, and on the cold starts per minute of one region. It
// depends on the options and the data only. It returns an error that wraps
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

// trainFunctions fills in all parts that speak of fit. Each group has a
// network that has not seen it: what these say is what adaptation and forest are
// trained on. The model's own network has seen all of them.
func (o Options) trainFunctions(ctx context.Context, m *hourly.Model, tasks []fit.Task) error {
	groups, err := o.split(tasks)
	if err != nil {
		return err
	}
	both := slices.Concat(groups[fit.FoldA], groups[fit.FoldB])
	var pool feature.KaplanMeier
	for _, t := range both {
		pool.Add(t.Counts)
	}
	d := pool.Distribution()
	m.Gaps = hourly.NewGaps(&d)
	unseen := map[fit.Group][]fit.Task{
		fit.FoldA: groups[fit.FoldB], fit.FoldB: groups[fit.FoldA], fit.Calibration: both,
	}
	networks := map[fit.Group]*lstm.Network[float32]{} // by the group they have not seen
	for _, g := range trained() {
		stage := fmt.Sprintf("hourly network %d", g+1)
		if networks[g], err = o.trainNetwork(ctx, stage, m, unseen[g]); err != nil {
			return err
		}
	}
	if err := o.refine(ctx, m, networks, groups); err != nil {
		return err
	}
	m.Function, err = o.trainNetwork(ctx, "hourly network all", m, slices.Concat(both, groups[fit.Calibration]))
	return err
}

// trained are the groups that are trained on.
func trained() [3]fit.Group {
	return [3]fit.Group{fit.FoldA, fit.FoldB, fit.Calibration}
}

// split sorts tasks into groups.
func (o Options) split(tasks []fit.Task) (groups [4][]fit.Task, err error) {
	group := o.Split
	if group == nil {
		group = fit.GroupOf
	}
	for _, t := range tasks {
		if len(t.Counts) >= (hourly.MinHours+1)*hourly.Hour {
			g := group(t.Owner)
			groups[g] = append(groups[g], t)
		}
	}
	for _, g := range trained() {
		if len(groups[g]) == 0 {
			return groups, fmt.Errorf("hourly: group %d must have at least one of the %d functions of at least %d steps",
				g, len(tasks), (hourly.MinHours+1)*hourly.Hour)
		}
	}
	return groups, nil
}

// source returns the randomness of one stage.
func (o Options) source(stage string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(stage))
	return rand.New(rand.NewPCG(o.Seed, h.Sum64()))
}
