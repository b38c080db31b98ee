// Package forest is a random forest for regression and classification: CART
// trees on bootstrap samples with feature subsampling, grown best first over
// binned features. Trees are independent of each other or boosted. A forest is
// saved as a compact section of a model file.
//
// Source: Breiman, "Random Forests", Machine Learning 45(1), 2001.
package forest

import (
	"fmt"
	"math"
)

// Bounds of a forest. They also bound what Decode allocates.
const (
	MaxFeatures = 254
	MaxOutputs  = 255
	MaxTrees    = 1024
	MaxCuts     = 255     // candidate thresholds per feature
	MaxNodes    = 1 << 20 // per tree
)

// Config says how a forest is grown. The zero value of all fields but Trees is a
// valid default.
type Config struct {
	Trees    int     // number of trees, 1 to MaxTrees
	MaxLeafs int     // leaves per tree at most, 0 for no bound; the splits of largest gain come first
	MinLeaf  int     // samples per leaf at least, 0 for 1
	Features int     // features tried per split, 0 for all
	Cuts     int     // thresholds tried per feature at most, 0 for MaxCuts
	Sample   float64 // size of the bootstrap sample as a share of the rows, 0 for 1; negative: each row once
	// Prior pulls the value of a node towards the value of its parent, with the
	// weight of this number of samples, so that small leaves do not claim certainty.
	Prior float64
}

// validate names the first field out of bounds. Defaults of 0 are valid and resolved
// where they are used.
func (c Config) validate() error {
	switch {
	case c.Trees < 1 || c.Trees > MaxTrees:
		return fmt.Errorf("forest: trees must be between 1 and %d, was: %d", MaxTrees, c.Trees)
	case c.Cuts < 0 || c.Cuts > MaxCuts:
		return fmt.Errorf("forest: cuts must be between 0 and %d, was: %d", MaxCuts, c.Cuts)
	case c.MaxLeafs < 0 || c.MinLeaf < 0 || c.Features < 0:
		return fmt.Errorf("forest: max_leafs, min_leaf and features must not be negative, were: %d, %d, %d", c.MaxLeafs, c.MinLeaf, c.Features)
	case c.Prior < 0 || math.IsNaN(c.Prior) || math.IsInf(c.Prior, 0) || math.IsNaN(c.Sample) || c.Sample > 1:
		return fmt.Errorf("forest: prior must be finite and at least 0, sample at most 1, were: %v, %v", c.Prior, c.Sample)
	}
	return nil
}

// cuts returns the highest number of thresholds per feature.
func (c Config) cuts() int {
	if c.Cuts == 0 {
		return MaxCuts
	}
	return c.Cuts
}

// node is a split or a leaf of 12 bytes. A row goes to child if its feature is at
// most the threshold, otherwise to child+1.
type node struct {
	threshold float32
	child     int32 // index of the left child or, in a leaf, of its first value
	feature   uint8 // the constant leaf in a leaf
	cut       uint8 // index of the threshold among the cuts of the feature
}

// leaf in the place of a feature marks a node without children.
const leaf = 255

// tree holds its nodes in breadth-first order: the children of the k-th split
// are nodes 2k+1 and 2k+2.
type tree struct {
	nodes  []node
	values []uint16 // leaves × outputs, points of the forest's grid
}

// Forest is a trained forest. It is safe for concurrent use.
type Forest struct {
	features int
	outputs  int
	classes  bool
	low, top float32     // values of the first and the last of 65536 grid points
	cuts     [][]float32 // per feature, ascending
	trees    []tree
	steps    []step  // of a regression: the nodes of all trees, for Predict
	roots    []int32 // the first step of each tree
}

// Features returns the number of features of a row.
func (f *Forest) Features() int { return f.features }

// Outputs returns the length of a prediction: 1 in regression, the number of
// classes in classification.
func (f *Forest) Outputs() int { return f.outputs }

// Nodes returns the number of nodes of all trees.
func (f *Forest) Nodes() int {
	n := 0
	for _, t := range f.trees {
		n += len(t.nodes)
	}
	return n
}

// Predict writes the mean over the trees to dst, rows×Outputs, and returns it: the
// value in regression, the probability of each class in classification. x is
// rows×Features, row-major and finite. Predict allocates nothing. It panics if a length does
// not fit.
//
// It adds up grid points, which are whole numbers below 2^16. The sum over at most
// 1024 trees is below 2^26: up to 256 trees, float32 holds it exactly.
func (f *Forest) Predict(dst, x []float32) []float32 {
	rows := len(x) / f.features
	if rows*f.features != len(x) {
		panic("forest: length of the rows does not fit the features")
	}
	// Panics if dst is too short, as documented.
	dst = dst[:rows*f.outputs]
	clear(dst)
	if f.outputs == 1 {
		f.addPoints(dst, x)
	} else {
		for i := range f.trees {
			f.trees[i].addTo(dst, x, f.features, f.outputs)
		}
	}
	// From the sum of grid points to the mean value: one scale for the forest
	// instead of a conversion per leaf.
	low, scale := float64(f.low), (float64(f.top)-float64(f.low))/(gridPoints*float64(len(f.trees)))
	for i, sum := range dst {
		dst[i] = float32(low + scale*float64(sum))
	}
	return dst
}

// addTo adds the grid points of the leaves of each row of x to dst.
func (t *tree) addTo(dst, x []float32, features, outputs int) {
	for at := 0; len(x) > 0; x, at = x[features:], at+outputs {
		value := t.find(x)
		for k := range outputs {
			dst[at+k] += float32(t.values[value+k])
		}
	}
}

// find returns the index of the first value of the leaf that row x falls into.
func (t *tree) find(x []float32) int {
	// The loop ends, because children always come after their parent.
	n := &t.nodes[0]
	for n.feature != leaf {
		if x[n.feature] <= n.threshold {
			n = &t.nodes[n.child]
		} else {
			n = &t.nodes[n.child+1]
		}
	}
	return int(n.child)
}

// gridPoints is the index of the last grid point.
const gridPoints = math.MaxUint16

// toGrid returns the index of the grid point over [low, top] that is nearest to v.
func toGrid(v, low, top float64) uint16 {
	// All leaves have the same value: one grid point stands for it.
	if top <= low {
		return 0
	}
	return uint16(math.Round(min(max((v-low)/(top-low), 0), 1) * gridPoints))
}
