package forecast

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// thresholds is the number of levels of the need at which the chance of more
// is asked for.
const thresholds = 12

// needs computes the quantiles of the need of one window, at the network's
// knots. Between knots, the quantiles are interpolated over log t.
type needs struct {
	load    feature.Volume
	level   [thresholds]float64 // replicas, ascending
	used    int
	rows    []float32                            // thresholds × LoadColumns
	logit   [thresholds]float32                  // of more than level replicas
	replica [knots][len(event.Quantiles)]float64 // quantiles at the knots, before rounding up
}

// plan chooses the levels: every number of replicas up to a few above the most
// that was needed where those are few, otherwise a geometric grid from below
// the mean to above the most.
func (n *needs) plan(perCall float64) {
	most := math.Ceil(n.load.Most() * perCall)
	n.used = 0
	if most <= thresholds/2 {
		for k := 1.0; k <= most+3 && n.used < thresholds; k++ {
			n.level[n.used] = k
			n.used++
		}
		return
	}
	low := max(1, math.Floor(0.6*n.load.Mean()*perCall))
	high := max(1.6*most, low+thresholds)
	for i := range thresholds {
		k := math.Round(low * math.Pow(high/low, float64(i)/(thresholds-1)))
		if n.used == 0 || k > n.level[n.used-1] {
			n.level[n.used] = k
			n.used++
		}
	}
}

// quantiles sets replica at knot k from the chance of exceeding each level:
// the logit of the chance is taken as linear in the log of the level, and as
// going on so above the last.
func (n *needs) quantiles(k int, active float64) {
	ceiling := float64(feature.Logit(float32(active)))
	for i := range n.used {
		ceiling = min(ceiling, float64(n.logit[i]))
		n.logit[i] = float32(ceiling)
	}
	for q, level := range event.Quantiles {
		n.replica[k][q] = n.find(float64(feature.Logit(float32(1 - level))))
	}
}

// find returns the number of replicas whose chance of being too few has the
// given logit, at least 1.
func (n *needs) find(logit float64) float64 {
	i := 0
	for i < n.used && float64(n.logit[i]) > logit {
		i++
	}
	if i == 0 {
		return n.level[0]
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
		return n.level[b]
	}
	share := (float64(n.logit[a]) - logit) / fall
	return n.level[a] * math.Pow(n.level[b]/n.level[a], min(share, maxShare))
}

// minFall and maxShare bound how far the need is carried on beyond the last
// level.
const (
	minFall  = 0.5
	maxShare = 3
)

// singleLoad is the load of the busiest step up to which one replica is taken to
// be enough for what comes as well.
const singleLoad = 0.5

// replicasAt returns quantile q of the need at horizon t.
func (n *needs) replicasAt(t, q int) int32 {
	k, share := between(t)
	v := n.replica[k][q] + share*(n.replica[k+1][q]-n.replica[k][q])
	return int32(min(math.Ceil(v-1e-6), math.MaxInt32))
}

// between returns the knot at or before horizon t, and t's place between it and
// the next over log t.
func between(t int) (k int, share float64) {
	ks := Knots()
	for k < knots-2 && t > ks[k+1] {
		k++
	}
	from, to := math.Log(float64(ks[k])), math.Log(float64(ks[k+1]))
	return k, (math.Log(float64(t)) - from) / (to - from)
}

// setNeeds computes the quantiles of the need of one window of the batch, and
// reports whether one replica is enough throughout. Beyond the first knot the
// chance of any call is the network's, as the refiner may not have been asked.
func (p *Predictor) setNeeds(s *scratch, w series.Window, concurrency float64, row int) (single bool) {
	perCall := w.MeanDuration() / (float64(w.StepSeconds) * concurrency)
	recent := w.Tail(feature.Steps).Counts
	if float64(slices.Max(recent))*perCall <= singleLoad {
		return true
	}
	n := &s.needs
	n.load.Read(w.Counts, feature.Phase(w.Start, w.StepSeconds))
	n.plan(perCall)
	level, out := feature.LogMean(recent), s.outputs(row)
	for k, t := range Knots() {
		if k > 0 && Knots()[k-1] >= s.horizons {
			n.replica[k] = n.replica[k-1]
			continue
		}
		given := quantilesAt(out, level, t)
		for i, replicas := range n.level[:n.used] {
			n.load.Row(n.rows[i*feature.VolumeColumns:], replicas/perCall, t, given[1], given[3], float64(out[t-1]))
		}
		p.model.Need.Predict(n.logit[:], n.rows[:n.used*feature.VolumeColumns])
		active := s.network[t-1]
		if t == 1 {
			active = s.final[0]
		}
		n.quantiles(k, float64(active))
	}
	return false
}
