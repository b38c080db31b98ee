package forest

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
	var best split
	least := g.data.least(g.cfg)
	if len(n.samples) < 2 || n.weight < 2*least {
		return best
	}
	var before float64
	for _, s := range n.total {
		before += s * s / n.weight
	}
	tried := g.cfg.Features
	if tried == 0 || tried > len(g.order) {
		tried = len(g.order)
	}
	for i := range tried {
		if tried < len(g.order) {
			j := i + g.rng.IntN(len(g.order)-i)
			g.order[i], g.order[j] = g.order[j], g.order[i]
		}
		feature := g.order[i]
		g.histogram(n.samples, feature)
		cut, gain := g.scan(n, len(g.data.cuts[feature]), least, before)
		if gain > best.gain || gain == best.gain && gain > 0 && feature < best.feature {
			best = split{feature: feature, cut: cut, gain: gain}
		}
	}
	if best.gain <= minGain*(1+before) {
		return split{}
	}
	return best
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

// histogram sums the samples and their y per bin of the feature.
func (g *grower) histogram(samples []int32, feature int) {
	outputs, used := g.data.outputs, len(g.data.cuts[feature])+1
	count, sum, bins, y := g.count[:used], g.sum[:used*outputs], g.data.bins[feature], g.data.y
	clear(count)
	clear(sum)
	if w := g.data.w; w != nil {
		for _, s := range samples {
			b := bins[s]
			count[b] += float64(w[s])
			sum[b] += float64(y[s])
		}
		return
	}
	if outputs == 1 {
		for _, s := range samples {
			b := bins[s]
			count[b]++
			sum[b] += float64(y[s])
		}
		return
	}
	for _, s := range samples {
		b := int(bins[s])
		count[b]++
		for k := range outputs {
			sum[b*outputs+k] += float64(y[int(s)*outputs+k])
		}
	}
}

// scan returns the cut of the histogram's feature with the largest gain, and
// the gain, 0 if no cut leaves enough samples on both sides.
func (g *grower) scan(n *sprout, cuts int, least, before float64) (cut int, gain float64) {
	outputs, size := g.data.outputs, n.weight
	clear(g.left)
	var below float64
	for b := range cuts {
		below += g.count[b]
		if g.count[b] == 0 || below < least || size-below < least {
			for k := range outputs {
				g.left[k] += g.sum[b*outputs+k]
			}
			continue
		}
		after := 0.0
		for k := range outputs {
			g.left[k] += g.sum[b*outputs+k]
			right := n.total[k] - g.left[k]
			after += g.left[k]*g.left[k]/below + right*right/(size-below)
		}
		if d := after - before; d > gain {
			cut, gain = b, d
		}
	}
	return cut, gain
}
