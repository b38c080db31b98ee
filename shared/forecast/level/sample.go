package level

import (
	"math"
	"slices"

	"prewarm/shared/event"
)

// collect finds the samples in a history with the given needs of the recent steps, and
// the present. A sample needs calls within it and at least one active step before it,
// from which a candidate can predict.
func (l *Level) collect(needs []int32, earlier []event.Occurrence) {
	last, known := l.collectEarlier(earlier)
	for t := range l.steps {
		// The last steps begin no sample, because it would reach beyond the present.
		if i := l.busiest(t, t+l.ahead); i >= 0 && known && t+l.ahead <= l.steps {
			l.samples[l.n] = sample{
				begin: t, before: last, target: l.logLoad[i],
				need: slices.Max(needs[t : t+l.ahead]),
			}
			l.n++
		}
		if l.load[t] > 0 {
			last, known = l.logLoad[t], true
		}
	}
	l.samples[l.n] = sample{begin: l.steps, before: last}
}

// collectEarlier adds a sample that begins at each active step before the recent ones. It
// returns the logarithm of the last load, if there is one.
func (l *Level) collectEarlier(earlier []event.Occurrence) (last float64, known bool) {
	for i, e := range earlier {
		s := sample{begin: l.steps - e.Ago, before: last, target: math.Inf(-1)}
		for _, o := range earlier[i:] {
			if o.Ago > e.Ago-l.ahead {
				s.target, s.need = max(s.target, logLoad(o)), max(s.need, o.Need)
			}
		}
		if known {
			l.samples[l.n] = s
			l.n++
		}
		last, known = logLoad(e), true
	}
	return last, known
}

// logLoad returns the natural logarithm of the load of an active step.
func logLoad(o event.Occurrence) float64 { return math.Log(max(float64(o.Load), minLoad)) }

// weigh gives the last sample the weight 1 and each earlier one the discounted
// weight of its successor.
func (l *Level) weigh() {
	weight := 1.0
	l.totalWeight = 1
	for i := l.n - 1; i >= 0; i-- {
		l.samples[i].weight = weight
		l.totalWeight += weight
		weight *= discount
	}
}

// busiest returns the step of the largest load in [from, to), -1 if no step has
// calls. Steps outside of the history are ignored.
func (l *Level) busiest(from, to int) int {
	best := -1
	for t := max(0, from); t < min(to, l.steps); t++ {
		if l.load[t] > 0 && (best < 0 || l.load[t] > l.load[best]) {
			best = t
		}
	}
	return best
}

// extremes returns the largest need and the largest target of the samples.
func (l *Level) extremes() (need int32, target float64) {
	need, target = l.samples[0].need, l.samples[0].target
	for _, s := range l.samples[1:l.n] {
		need, target = max(need, s.need), max(target, s.target)
	}
	return need, target
}
