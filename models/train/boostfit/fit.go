// Package boostfit trains the boosted trees of the simulator's policy "boosted": for each
// fold over the owners, a classifier of calls in the next minute on the functions of the
// other folds.
package boostfit

import (
	"context"
	"fmt"
	"math/rand/v2"

	"prewarm/models/train/fit"
	"prewarm/shared/forest"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
	"prewarm/shared/trace"
)

// Options say how the trees are trained.
type Options struct {
	Seed   uint64
	Share  float64 // of the minutes that rows are made of, above 0 to 1
	Forest forest.Config
	Rate   float64 // of the boosting

	// Progress is told the folds that are trained, nil for none.
	Progress fit.Progress
}

// Defaults returns the options of the kept model. Leaves and rate are the defaults of
// LightGBM. Half of the rows for each tree is Friedman's choice ("Stochastic Gradient
// Boosting", 2002), a third of the columns for each split is usual in regression forests.
// The rest is our choice.
func Defaults(seed uint64) Options {
	return Options{
		Seed: seed, Share: 0.2, Rate: 0.1,
		Forest: forest.Config{Trees: 150, MaxLeafs: 31, MinLeaf: 5, Features: 14, Sample: 0.5, Prior: 1},
	}
}

// Train trains a model on the functions of all traces. The same traces and options give the
// same model. It ends early with the error of ctx.
func Train(ctx context.Context, o Options, traces []*trace.Trace) (*rival.BoostedModel, error) {
	var all rows
	for i, t := range traces {
		g := &gatherer{trace: t, folds: Folds(t), pasts: rival.NewBoostedPasts(len(t.Functions)), share: o.Share, rng: rand.New(rand.NewPCG(o.Seed, uint64(i)))}
		if err := simulate.Run(ctx, simulate.NewWorkload(t, 1), g); err != nil {
			return nil, err
		}
		all.join(g.rows)
	}
	m := &rival.BoostedModel{}
	for k := range m.Folds {
		if o.Progress != nil {
			o.Progress("boosted", k, len(m.Folds), 0)
		}
		x, y := all.without(k)
		var err error
		m.Folds[k], err = forest.TrainBooster(ctx, o.Forest, o.Rate, x, rival.BoostedColumns, y, rand.New(rand.NewPCG(o.Seed, uint64(len(traces)+k))))
		if err != nil {
			return nil, fmt.Errorf("boostfit: fold %d of %d: %w", k+1, len(m.Folds), err)
		}
	}
	return m, nil
}

// Folds returns the fold of each function of t, as package fit divides owners: the forest of
// that fold has not seen the owner.
func Folds(t *trace.Trace) []int {
	folds := make([]int, len(t.Functions))
	for i, f := range t.Functions {
		folds[i] = fit.FoldOf(fit.OwnerOf(t.Layout, f), rival.BoostedFolds)
	}
	return folds
}
