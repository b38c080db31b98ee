package forecast

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// thresholds is the most replica counts k for which the forest of the need predicts
// P(need > k).
const thresholds = 12

// needs computes the quantiles of the need of one window at the network's knots,
// from the probability that it exceeds each threshold. Between the knots the
// quantiles are interpolated over log t.
type needs struct {
	volume    feature.Volume
	threshold [thresholds]float64                  // replicas, ascending
	used      int                                  // thresholds in use
	rows      []float32                            // thresholds × VolumeColumns
	logit     [thresholds]float32                  // of a need above each threshold
	replicas  [knots][len(event.Quantiles)]float64 // quantiles at the knots, before rounding up
}

// plan chooses the thresholds. If few replicas were needed at most, they are every
// number up to a few more; otherwise a geometric grid from below the mean need to
// above the largest. perCall is the load of one call per step, in replicas.
func (n *needs) plan(perCall float64) {
	most := math.Ceil(n.volume.Most() * perCall)
	n.used = 0
	if most <= thresholds/2 {
		for k := 1.0; k <= most+3 && n.used < thresholds; k++ {
			n.threshold[n.used] = k
			n.used++
		}
		return
	}
	low := max(1, math.Floor(0.6*n.volume.Mean()*perCall))
	high := max(1.6*most, low+thresholds)
	for i := range thresholds {
		k := math.Round(low * math.Pow(high/low, float64(i)/(thresholds-1)))
		if n.used == 0 || k > n.threshold[n.used-1] {
			n.threshold[n.used] = k
			n.used++
		}
	}
}

// quantiles sets the replicas at knot k from the logits of the thresholds. These
// are first bounded by each other and by the probability active of any call, as a
// higher need cannot be more likely than a lower one.
func (n *needs) quantiles(k int, active float64) {
	ceiling := float64(feature.Logit(float32(active)))
	for i := range n.used {
		ceiling = min(ceiling, float64(n.logit[i]))
		n.logit[i] = float32(ceiling)
	}
	for q, level := range event.Quantiles {
		n.replicas[k][q] = n.find(float64(feature.Logit(float32(1 - level))))
	}
}

// find returns the number of replicas, at least 1, that are too few with the
// probability of the given logit. Between two thresholds, and above the last one,
// the logit is taken as linear in the logarithm of the replicas.
func (n *needs) find(logit float64) float64 {
	i := 0
	for i < n.used && float64(n.logit[i]) > logit {
		i++
	}
	if i == 0 {
		return n.threshold[0]
	}
	a, b := i-1, i
	if i == n.used {
		a, b = max(0, i-2), i-1
	}
	fall := float64(n.logit[a] - n.logit[b])
	if i == n.used && fall < minFall {
		fall = minFall
	}
	if fall <= 0 {
		return n.threshold[b]
	}
	share := (float64(n.logit[a]) - logit) / fall
	return n.threshold[a] * math.Pow(n.threshold[b]/n.threshold[a], min(share, maxShare))
}

// minFall and maxShare bound how far the need is extrapolated above the last
// threshold: the least fall of the logit between the last two, and the largest
// multiple of their distance.
const (
	minFall  = 0.5
	maxShare = 3
)

// singleLoad is the load of the busiest recent step, in replicas, up to which one
// replica is taken to be enough for all horizons. The forest is not asked then.
const singleLoad = 0.5

// replicasAt returns quantile q of the need at horizon t.
func (n *needs) replicasAt(t, q int) int32 {
	k, share := between(t)
	v := n.replicas[k][q] + share*(n.replicas[k+1][q]-n.replicas[k][q])
	return int32(min(math.Ceil(v-1e-6), math.MaxInt32))
}

// quantile returns quantile q of the need at index t, without the replicas that earlier
// calls hold. It is 0 if a call is less likely than the quantile's tail. If single is set,
// one replica is enough for a call.
func (s *scratch) quantile(t, q int, active float64, single bool) int32 {
	tail := 1 - event.Quantiles[q]
	if active < tail {
		return 0
	}
	n := int32(1)
	if !single {
		n = s.needs.replicasAt(t+1, q)
	}
	return max(n, s.few.quantile(tail/active))
}

// setNeeds computes the quantiles of the need of a window of the batch, and
// reports whether one replica is enough throughout. At the first knot the
// probability of any call is that of the forecast, at the others the network's, as
// fewer horizons than these may have been asked for. A knot from the last horizon
// on takes the quantiles of the one before.
func (p *Predictor) setNeeds(s *scratch, w series.Window, concurrency float64, window int) (single bool) {
	counts, perCall := s.perCall(w, concurrency)
	recent := counts[max(0, len(counts)-feature.Steps):]
	if float64(slices.Max(recent))*perCall <= singleLoad {
		return true
	}
	n := &s.needs
	n.volume.Read(counts, feature.Phase(w.Start, w.StepSeconds))
	n.plan(perCall)
	logMean, out := feature.LogMean(recent), s.outputs(window)
	for k, t := range Knots() {
		if k > 0 && Knots()[k-1] >= s.horizons {
			n.replicas[k] = n.replicas[k-1]
			continue
		}
		given := quantilesAt(out, logMean, t)
		for i, replicas := range n.threshold[:n.used] {
			n.volume.Row(n.rows[i*feature.VolumeColumns:], replicas/perCall, t, given[median], given[q95], float64(out[t-1]))
		}
		p.model.Need.Predict(n.logit[:], n.rows[:n.used*feature.VolumeColumns])
		active := s.network[t-1]
		if t == 1 {
			active = s.outlook.final[0]
		}
		n.quantiles(k, float64(active))
	}
	return false
}
