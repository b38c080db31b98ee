package forest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// TrainBooster grows trees one after the other, each on what those before it
// leave of the log-likelihood of y, which is 0 or 1. Predict of such a forest
// returns the logit of y being 1. Tree by tree, with p the present probability:
//
//	weight w = p(1-p),  response z = (y-p)/w
//	logit' = logit + rate · (weighted regression tree of z)
//
// Trees are on bootstrap samples with feature subsampling, as those of the
// other forests; MinLeaf and Prior count weight. The result depends on the
// data, the configuration and rng only.
//
// Source: Friedman, Hastie, Tibshirani, "Additive Logistic Regression", Annals
// of Statistics 28(2), 2000; Friedman, "Stochastic Gradient Boosting", 2002.
func TrainBooster(cfg Config, rate float64, x []float32, features int, y []float32, rng *rand.Rand) (*Forest, error) {
	if err := checkRows(cfg, x, features, len(y)); err != nil {
		return nil, err
	}
	if !(rate > 0 && rate <= 1) {
		return nil, fmt.Errorf("forest: rate must be above 0 and at most 1, was: %v", rate)
	}
	ones := 0.0
	for i, v := range y {
		if v != 0 && v != 1 {
			return nil, fmt.Errorf("forest: y[%d] must be 0 or 1, was: %v", i, v)
		}
		ones += float64(v)
	}
	n := float64(len(y))
	b := &booster{cfg: cfg, rate: rate, y: y, logits: make([]float64, len(y))}
	b.base = math.Log((ones + 0.5) / (n - ones + 0.5))
	for i := range b.logits {
		b.logits[i] = b.base
	}
	b.data = bin(x, features, cfg.cuts(), make([]float32, len(y)), 1)
	b.data.w = make([]float32, len(y))
	return b.train(rng), nil
}

// booster is a boosting under way.
type booster struct {
	cfg    Config
	rate   float64
	base   float64 // logit before the first tree
	data   *binned
	y      []float32
	logits []float64 // present, per row
}

func (b *booster) train(rng *rand.Rand) *Forest {
	grown := make([][]sprout, b.cfg.Trees)
	for i := range grown {
		b.respond()
		grown[i] = grow(b.cfg, b.data, rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())))
		for k := range grown[i] {
			v := grown[i][k].value[0]
			grown[i][k].value[0] = b.rate * min(max(v, -maxStep), maxStep)
		}
		b.advance(grown[i])
	}
	for _, nodes := range grown {
		for k := range nodes {
			nodes[k].value[0] = b.base + float64(b.cfg.Trees)*nodes[k].value[0]
		}
	}
	return assemble(b.data, grown)
}

// maxStep bounds what one leaf adds to a logit before the rate applies.
const maxStep = 4

// respond sets weight and weighted response of every row.
func (b *booster) respond() {
	b.rows(func(i int) {
		p := 1 / (1 + math.Exp(-b.logits[i]))
		b.data.y[i] = float32(float64(b.y[i]) - p)
		b.data.w[i] = float32(max(p*(1-p), 1e-6))
	})
}

// advance adds a tree to the logits.
func (b *booster) advance(nodes []sprout) {
	b.rows(func(i int) {
		n := &nodes[0]
		for n.child > 0 {
			if int(b.data.bins[n.split.feature][i]) <= n.split.cut {
				n = &nodes[n.child]
			} else {
				n = &nodes[n.child+1]
			}
		}
		b.logits[i] += n.value[0]
	})
}

// rows calls work for every row, on all processors.
func (b *booster) rows(work func(i int)) {
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
