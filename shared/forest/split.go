package forest

import "sync"

// minGain is the least relative decrease of impurity for a split. A smaller one is
// the error of rounding.
const minGain = 1e-9

// best returns the split of n with the largest decrease of impurity (gain) among
// the features tried:
//
//	gain = Σ_k S_Lk²/n_L + Σ_k S_Rk²/n_R - Σ_k S_k²/n
//
// S is the sum of y per output k and n the weight, of the node and of its left (L)
// and right (R) part. For one output the gain is the decrease of the summed squared
// error, for one-hot classes that of n times the Gini impurity.
func (g *grower) best(n *sprout) split {
	least := g.data.least(g.cfg)
	// No cut can leave the least weight on both sides.
	if len(n.samples) < 2 || n.weight < 2*least {
		return split{}
	}
	var before float64
	for _, s := range n.total {
		before += s * s / n.weight
	}
	best := g.search(n, g.draw(), least, before)
	if best.gain <= minGain*(1+before) {
		return split{}
	}
	return best
}

// draw returns the features to be tried: a random subset, by the first steps of a
// Fisher-Yates shuffle.
func (g *grower) draw() []int {
	tried := g.cfg.Features
	if tried == 0 || tried >= len(g.order) {
		return g.order
	}
	for i := range tried {
		j := i + g.rng.IntN(len(g.order)-i)
		// The order stays shuffled for the next node: any permutation is as good a
		// start as the sorted one.
		g.order[i], g.order[j] = g.order[j], g.order[i]
	}
	return g.order[:tried]
}

// fewSamples is the size of a node that one goroutine searches faster than several
// would be started.
const fewSamples = 4096

// search returns the best split of n by one of the features. It shares them out to
// several goroutines; the last part runs on the caller's.
func (g *grower) search(n *sprout, features []int, least, before float64) split {
	scans := g.scans
	if len(n.samples) <= fewSamples {
		scans = scans[:1]
	}
	var wait sync.WaitGroup
	for k := range scans {
		work := func() {
			s := &scans[k]
			s.best = split{}
			// Interleaved, so that the goroutines get equal shares.
			for i := k; i < len(features); i += len(scans) {
				s.histogram(g, n.samples, features[i])
				s.try(n, features[i], len(g.data.cuts[features[i]]), least, before)
			}
		}
		if k == len(scans)-1 {
			work()
		} else {
			wait.Go(work)
		}
	}
	wait.Wait()
	best := scans[0].best
	for _, s := range scans[1:] {
		best = better(best, s.best)
	}
	return best
}

// better returns the split of the larger gain or, of equal gains, the split by the
// lower feature: so the result does not depend on the number of goroutines.
func better(a, b split) split {
	if b.gain > a.gain || b.gain == a.gain && b.gain > 0 && b.feature < a.feature {
		return b
	}
	return a
}

// least returns the lowest weight that a leaf may have.
func (d *binned) least(cfg Config) float64 {
	if d.w == nil {
		return float64(max(1, cfg.MinLeaf))
	}
	return max(minWeight, float64(cfg.MinLeaf))
}

// minWeight is the lowest weight of a leaf of weighted rows. It keeps the value of
// the leaf, a quotient by the weight, finite.
const minWeight = 1e-3

// scan is the scratch of one goroutine that searches for the best split of a node.
type scan struct {
	best  split
	count []float64 // per bin, the weight of its samples
	sum   []float64 // per bin × outputs
	left  []float64 // outputs, running sum
}

// newScan returns a scan with room for the feature of the most bins.
func newScan(d *binned) scan {
	bins := 1
	for _, c := range d.cuts {
		bins = max(bins, len(c)+1)
	}
	return scan{count: make([]float64, bins), sum: make([]float64, bins*d.outputs), left: make([]float64, d.outputs)}
}

// histogram sums weight and y of the samples per bin of the feature. g has gathered
// both in the order of the samples.
func (s *scan) histogram(g *grower, samples []int32, feature int) {
	outputs, used := g.data.outputs, len(g.data.cuts[feature])+1
	count, sum, bins := s.count[:used], s.sum[:used*outputs], g.data.bins[feature]
	clear(count)
	clear(sum)
	w, y := g.w[:len(samples)], g.y[:len(samples)*outputs]
	// The common case without the inner loop. It is where training spends most of
	// its time.
	if outputs == 1 {
		for i, row := range samples {
			b := bins[row]
			count[b] += float64(w[i])
			sum[b] += float64(y[i])
		}
		return
	}
	for i, row := range samples {
		b := int(bins[row])
		count[b] += float64(w[i])
		for k := range outputs {
			sum[b*outputs+k] += float64(y[i*outputs+k])
		}
	}
}

// try replaces the best split so far if a cut of the feature of the histogram has
// a larger gain. A cut must leave the least weight on both sides. A cut above an
// empty bin parts the rows as the cut below it, and is skipped.
func (s *scan) try(n *sprout, feature, cuts int, least, before float64) {
	outputs, size := len(s.left), n.weight
	clear(s.left)
	// The cuts are tried in ascending order, so the sums on the left grow by one bin
	// at a time: O(bins) and not O(rows) per feature.
	var below float64
	for b := range cuts {
		below += s.count[b]
		after := 0.0
		for k := range outputs {
			s.left[k] += s.sum[b*outputs+k]
			right := n.total[k] - s.left[k]
			after += s.left[k]*s.left[k]/below + right*right/(size-below)
		}
		// below is 0 before the first sample; after is NaN then, and the condition
		// keeps it out.
		if s.count[b] > 0 && below >= least && size-below >= least {
			s.best = better(s.best, split{feature: feature, cut: b, gain: after - before})
		}
	}
}
