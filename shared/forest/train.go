package forest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// TrainRegressor grows a forest that predicts y. x is rows×features, row-major; y
// has one value per row. Trees are grown in parallel. The result depends on the
// data, the configuration and rng only, not on the number of processors. An error
// names the value that is out of bounds or not finite.
func TrainRegressor(cfg Config, x []float32, features int, y []float32, rng *rand.Rand) (*Forest, error) {
	if err := checkRows(cfg, x, features, len(y)); err != nil {
		return nil, err
	}
	for i, v := range y {
		if !finite(v) {
			return nil, fmt.Errorf("forest: y[%d] must be finite, was: %v", i, v)
		}
	}
	return train(cfg, x, features, y, 1, rng), nil
}

// TrainClassifier grows a forest that predicts the probability of each class.
// y holds the class of each row, 0 to classes-1. Otherwise it is as
// TrainRegressor.
func TrainClassifier(cfg Config, x []float32, features int, y []int, classes int, rng *rand.Rand) (*Forest, error) {
	if err := checkRows(cfg, x, features, len(y)); err != nil {
		return nil, err
	}
	if classes < 2 || classes > MaxOutputs {
		return nil, fmt.Errorf("forest: classes must be between 2 and %d, was: %d", MaxOutputs, classes)
	}
	// A regression on 0 and 1 per class: leaf means are then class shares, and the
	// gain is that of Gini.
	oneHot := make([]float32, len(y)*classes)
	for i, class := range y {
		if class < 0 || class >= classes {
			return nil, fmt.Errorf("forest: y[%d] must be between 0 and %d, was: %d", i, classes-1, class)
		}
		oneHot[i*classes+class] = 1
	}
	f := train(cfg, x, features, oneHot, classes, rng)
	f.classes = true
	return f, nil
}

// checkRows checks what all training functions have in common.
func checkRows(cfg Config, x []float32, features, rows int) error {
	if err := cfg.validate(); err != nil {
		return err
	}
	switch {
	case features < 1 || features > MaxFeatures:
		return fmt.Errorf("forest: features must be between 1 and %d, was: %d", MaxFeatures, features)
	case rows < 1 || rows > math.MaxInt32:
		return fmt.Errorf("forest: rows must be between 1 and %d, was: %d", math.MaxInt32, rows)
	case len(x) != rows*features:
		return fmt.Errorf("forest: x must have %d values for %d rows of %d features, had: %d", rows*features, rows, features, len(x))
	}
	for i, v := range x {
		if !finite(v) {
			return fmt.Errorf("forest: feature %d of row %d must be finite, was: %v", i%features, i/features, v)
		}
	}
	return nil
}

// finite reports whether v is neither NaN nor infinite: NaN fails every comparison.
func finite(v float32) bool { return math.Abs(float64(v)) <= math.MaxFloat32 }

// train grows trees concurrently, one per processor. Each tree has its own source of
// random numbers, seeded in order from rng, so that the result does not depend on the
// order in which trees are finished.
func train(cfg Config, x []float32, features int, y []float32, outputs int, rng *rand.Rand) *Forest {
	data := bin(x, features, cfg.cuts(), y, outputs)
	grown := make([][]sprout, cfg.Trees)
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range grown {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		// A slot is taken before the goroutine starts, so that not all trees hold
		// their samples at once.
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			grown[i] = grow(cfg, data, 1, own)
		})
	}
	wait.Wait()
	return assemble(data, grown)
}

// assemble returns the forest of grown trees. Leaf values are rounded to a grid
// here, not when a forest is saved, so that a saved forest predicts exactly what
// the trained one does.
func assemble(data *binned, grown [][]sprout) *Forest {
	f := &Forest{features: data.features, outputs: data.outputs}
	f.cuts = data.keepCuts(grown)
	// One grid for the whole forest, so that Predict can add grid points of
	// different trees.
	low, top := math.Inf(1), math.Inf(-1)
	for _, nodes := range grown {
		for _, n := range nodes {
			for _, v := range n.value {
				low, top = min(low, v), max(top, v)
			}
		}
	}
	f.low, f.top = float32(low), float32(top)
	for _, nodes := range grown {
		f.trees = append(f.trees, f.compact(nodes))
	}
	f.layOut()
	return f
}

// keepCuts returns the cuts that are used by splits, and renumbers them in the
// splits.
func (d *binned) keepCuts(grown [][]sprout) [][]float32 {
	at := make([][]int, d.features) // number of each cut among those that are used, from 1; 0 for unused
	for f, cuts := range d.cuts {
		at[f] = make([]int, len(cuts))
	}
	splits(grown, func(s *split) { at[s.feature][s.cut] = 1 })
	kept := make([][]float32, d.features)
	for f, used := range at {
		for cut, n := range used {
			if n > 0 {
				kept[f] = append(kept[f], d.cuts[f][cut])
				used[cut] = len(kept[f])
			}
		}
	}
	splits(grown, func(s *split) { s.cut = at[s.feature][s.cut] - 1 })
	return kept
}

// splits calls do for the split of every node that is not a leaf.
func splits(grown [][]sprout, do func(s *split)) {
	for _, nodes := range grown {
		for i := range nodes {
			if nodes[i].child > 0 {
				do(&nodes[i].split)
			}
		}
	}
}

// compact returns the nodes of a tree in breadth-first order, in which the
// children of the k-th split are nodes 2k+1 and 2k+2.
func (f *Forest) compact(grown []sprout) tree {
	var t tree
	// The root, node 0. Appending both children of each split in turn gives the
	// breadth-first order.
	order := make([]int, 1, len(grown))
	for i := 0; i < len(order); i++ {
		n := grown[order[i]]
		if n.child == 0 {
			t.nodes = append(t.nodes, node{feature: leaf, child: int32(len(t.values))})
			for _, v := range n.value {
				t.values = append(t.values, toGrid(v, float64(f.low), float64(f.top)))
			}
			continue
		}
		t.nodes = append(t.nodes, node{
			threshold: f.cuts[n.split.feature][n.split.cut], child: int32(len(order)),
			feature: uint8(n.split.feature), cut: uint8(n.split.cut),
		})
		order = append(order, n.child, n.child+1)
	}
	return t
}
