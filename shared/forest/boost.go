package forest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// TrainBooster grows trees one after the other to maximise the log-likelihood of
// y, which is 0 or 1. Predict of such a forest returns the logit of y being 1. Each
// tree is grown on the error of those before it. With p the probability so far:
//
//	weight w = p(1-p),  response z = (y-p)/w
//	logit' = logit + rate · (weighted regression tree of z)
//
// Trees are grown on bootstrap samples with feature subsampling, as in the other
// forests. MinLeaf and Prior are in units of weight. The result depends on the
// data, the configuration and rng only. When ctx ends, TrainBooster returns an
// error that wraps that of ctx.
//
// Source: Friedman, Hastie, Tibshirani, "Additive Logistic Regression", Annals
// of Statistics 28(2), 2000; Friedman, "Stochastic Gradient Boosting", 2002.
func TrainBooster(ctx context.Context, cfg Config, rate float64, x []float32, features int, y []float32, rng *rand.Rand) (*Forest, error) {
	ones := 0.0
	for i, v := range y {
		if v != 0 && v != 1 {
			return nil, fmt.Errorf("forest: y[%d] must be 0 or 1, was: %v", i, v)
		}
		ones += float64(v)
	}
	n := float64(len(y))
	// The half observations keep the logit finite if all y are equal.
	base := math.Log((ones + 0.5) / (n - ones + 0.5))
	return boost(ctx, cfg, loss{base: base, maxStep: 4, respond: ofOdds}, rate, x, features, y, rng)
}

// TrainBoostedRegressor grows trees one after the other, each on the residuals of
// those before it, by least squares. Otherwise it is as TrainBooster.
func TrainBoostedRegressor(ctx context.Context, cfg Config, rate float64, x []float32, features int, y []float32, rng *rand.Rand) (*Forest, error) {
	mean := 0.0
	for i, v := range y {
		if !finite(v) {
			return nil, fmt.Errorf("forest: y[%d] must be finite, was: %v", i, v)
		}
		mean += float64(v) / float64(len(y))
	}
	return boost(ctx, cfg, loss{base: mean, maxStep: math.Inf(1), respond: ofSquares}, rate, x, features, y, rng)
}

// loss is the function that boosting minimises.
type loss struct {
	base    float64 // prediction before the first tree
	maxStep float64 // bound of what one leaf adds to a prediction, before the rate applies
	// respond returns the response of a row times its weight, and the weight.
	respond func(y, predicted float64) (response, weight float64)
}

// ofOdds is the response of the log-likelihood. The weight is bounded from below,
// because the response is divided by it.
func ofOdds(y, logit float64) (response, weight float64) {
	p := 1 / (1 + math.Exp(-logit))
	return y - p, max(p*(1-p), 1e-6)
}

// ofSquares is the response of the squared error.
func ofSquares(y, predicted float64) (response, weight float64) { return y - predicted, 1 }

// boost checks the arguments and trains.
func boost(ctx context.Context, cfg Config, l loss, rate float64, x []float32, features int, y []float32, rng *rand.Rand) (*Forest, error) {
	if err := checkRows(cfg, x, features, len(y)); err != nil {
		return nil, err
	}
	if !(rate > 0 && rate <= 1) {
		return nil, fmt.Errorf("forest: rate must be above 0 and at most 1, was: %v", rate)
	}
	b := &booster{cfg: cfg, loss: l, rate: rate, y: y, predicted: slices.Repeat([]float64{l.base}, len(y))}
	// The bins depend on x alone and are made once. Only response and weight change
	// from tree to tree.
	b.data = bin(x, features, cfg.cuts(), make([]float32, len(y)), 1)
	b.data.w = make([]float32, len(y))
	return b.train(ctx, rng)
}

// booster is the state of a boosting.
type booster struct {
	cfg       Config
	loss      loss
	rate      float64
	data      *binned
	y         []float32
	predicted []float64 // per row, by the trees so far
}

// train grows the trees. Predict returns the mean over the trees, so that in the
// end each tree gets the base, and its own part times the number of trees.
func (b *booster) train(ctx context.Context, rng *rand.Rand) (*Forest, error) {
	grown := make([][]sprout, b.cfg.Trees)
	for i := range grown {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("forest: after %d of %d trees: %w", i, len(grown), err)
		}
		// Trees cannot be grown in parallel, as each needs the errors of the one
		// before. The search for splits within a tree is.
		b.respond()
		grown[i] = grow(b.cfg, b.data, runtime.GOMAXPROCS(0), rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())))
		for k := range grown[i] {
			// The bound stops leaves of nearly certain rows, whose response is
			// divided by a tiny weight, from running away.
			v := grown[i][k].value[0]
			grown[i][k].value[0] = b.rate * min(max(v, -b.loss.maxStep), b.loss.maxStep)
		}
		b.advance(grown[i])
	}
	for _, nodes := range grown {
		for k := range nodes {
			// The mean over Trees trees of base + Trees·v is base + Σ v.
			nodes[k].value[0] = b.loss.base + float64(b.cfg.Trees)*nodes[k].value[0]
		}
	}
	return assemble(b.data, grown), nil
}

// respond sets weight and weighted response of every row for the next tree.
func (b *booster) respond() {
	b.rows(func(i int) {
		response, weight := b.loss.respond(float64(b.y[i]), b.predicted[i])
		// y holds the response times its weight, which is the numerator of the leaf
		// value; so no division is needed here.
		b.data.y[i], b.data.w[i] = float32(response), float32(weight)
	})
}

// advance adds a tree to the predictions.
func (b *booster) advance(nodes []sprout) {
	b.rows(func(i int) {
		n := &nodes[0]
		// By bins and not by values: the training rows are binned already, and their
		// bytes are read faster.
		for n.child > 0 {
			if int(b.data.bins[n.split.feature][i]) <= n.split.cut {
				n = &nodes[n.child]
			} else {
				n = &nodes[n.child+1]
			}
		}
		b.predicted[i] += n.value[0]
	})
}

// rows calls work for every row, on all processors. Each call may change its own
// row only.
func (b *booster) rows(work func(i int)) {
	// Rows are independent, so the number of parts does not change the result.
	parts := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() {
			for i := k * b.data.rows / parts; i < (k+1)*b.data.rows/parts; i++ {
				work(i)
			}
		})
	}
	wait.Wait()
}
