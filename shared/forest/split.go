package forest

import "sync"

// minGain is the least relative decrease of impurity that counts as one:
// below it there is only rounding.
const minGain = 1e-9

// best returns the split of n with the largest decrease of impurity among the
// features tried:
//
//	gain = Σ_k S_Lk²/n_L + Σ_k S_Rk²/n_R - Σ_k S_k²/n
//
// with S the sums of y per output k. For one output this is the decrease of
// the summed squared error, for one-hot classes that of n times the Gini
// impurity.
func (g *grower) best(n *sprout) split {
	least := g.data.least(g.cfg)
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

// draw returns the features to be tried.
func (g *grower) draw() []int {
	tried := g.cfg.Features
	if tried == 0 || tried >= len(g.order) {
		return g.order
	}
	for i := range tried {
		j := i + g.rng.IntN(len(g.order)-i)
		g.order[i], g.order[j] = g.order[j], g.order[i]
	}
	return g.order[:tried]
}

// fewSamples are searched by one goroutine sooner than more are started.
const fewSamples = 4096

// search returns the best split of n by one of the features.
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

// better returns the split of larger gain, of equal ones that by the first
// feature.
func better(a, b split) split {
	if b.gain > a.gain || b.gain == a.gain && b.gain > 0 && b.feature < a.feature {
		return b
	}
	return a
}

// least returns the least weight of a leaf.
func (d *binned) least(cfg Config) float64 {
	if d.w == nil {
		return float64(max(1, cfg.MinLeaf))
	}
	return max(minWeight, float64(cfg.MinLeaf))
}

// minWeight keeps the values of leaves finite.
const minWeight = 1e-3

// scan is a search for the best split of one node.
type scan struct {
	best  split
	count []float64 // per bin, the weight of its samples
	sum   []float64 // per bin × outputs
	left  []float64 // outputs, running sum
}

func newScan(d *binned) scan {
	bins := 1
	for _, c := range d.cuts {
		bins = max(bins, len(c)+1)
	}
	return scan{count: make([]float64, bins), sum: make([]float64, bins*d.outputs), left: make([]float64, d.outputs)}
}

// histogram sums weight and y of the samples, which g has gathered, per bin of
// the feature.
func (s *scan) histogram(g *grower, samples []int32, feature int) {
	outputs, used := g.data.outputs, len(g.data.cuts[feature])+1
	count, sum, bins := s.count[:used], s.sum[:used*outputs], g.data.bins[feature]
	clear(count)
	clear(sum)
	w, y := g.w[:len(samples)], g.y[:len(samples)*outputs]
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

// try takes the cut of the histogram's feature with the largest gain if that is
// better than the best so far. Cuts that do not leave enough samples on both
// sides have none.
func (s *scan) try(n *sprout, feature, cuts int, least, before float64) {
	outputs, size := len(s.left), n.weight
	clear(s.left)
	var below float64
	for b := range cuts {
		below += s.count[b]
		after := 0.0
		for k := range outputs {
			s.left[k] += s.sum[b*outputs+k]
			right := n.total[k] - s.left[k]
			after += s.left[k]*s.left[k]/below + right*right/(size-below)
		}
		if s.count[b] > 0 && below >= least && size-below >= least {
			s.best = better(s.best, split{feature: feature, cut: b, gain: after - before})
		}
	}
}
