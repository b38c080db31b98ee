package rival

import (
	"math"
	"slices"

	"prewarm/shared/score"
)

// adapt takes in a waiting time that has ended, and corrects the prediction if the waiting
// times since the last categorisation have shifted.
func (s *spesFunction) adapt(wait float64) {
	s.recent = append(s.recent, wait)
	if len(s.recent) < spesAdaptAfter {
		return
	}
	switch s.kind {
	case spesRegular:
		s.adaptRegular()
	case spesDense:
		s.adaptDense()
	case spesPossible, spesNewlyPossible:
		s.modes = spesRenew(s.modes, spesModesOf(s.recent))
		s.waits = spesRanges(s.modes)
	case spesUnknown:
		if repeated := spesRepeatedOf(spesModesOf(s.recent)); len(repeated) > 0 {
			s.kind, s.modes, s.waits, s.links = spesNewlyPossible, slices.Clone(repeated), spesRanges(repeated), nil
		}
	}
}

// adaptRegular moves the usual waiting time half of the way to the recent median, if they
// are more than a minute and more than the standard deviation apart.
func (s *spesFunction) adaptRegular() {
	w := &s.waits[0]
	usual := (w.shortest + w.longest) / 2
	if shift := score.Percentile(s.recent, 0.5) - usual; math.Abs(shift) > max(1, s.spread) {
		w.shortest += shift / 2
		w.longest += shift / 2
	}
}

// adaptDense takes over the recent extremes that are more than a minute off, the longest
// up to the bound of the kind.
func (s *spesFunction) adaptDense() {
	w := &s.waits[0]
	if shortest := slices.Min(s.recent); math.Abs(shortest-w.shortest) > 1 {
		w.shortest = shortest
	}
	if longest := slices.Max(s.recent); math.Abs(longest-w.longest) > 1 && longest <= spesDenseWait {
		w.longest = longest
	}
}

// spesRenew returns modes with those of recent that are at least as common as one of them:
// a commoner one takes its place, an equal one stands beside it. Both are sorted, the
// commonest first. A waiting time that did not repeat changes nothing.
func spesRenew(modes, recent []spesMode) []spesMode {
	if recent[0].count < max(2, modes[len(modes)-1].count) {
		return modes
	}
	modes = slices.Clone(modes)
	for _, m := range recent {
		if slices.ContainsFunc(modes, func(o spesMode) bool { return o.wait == m.wait }) {
			continue
		}
		switch i := slices.IndexFunc(modes, func(o spesMode) bool { return o.count <= m.count }); {
		case i < 0:
		case m.count > modes[i].count:
			modes[i] = m
		default:
			modes = slices.Insert(modes, i, m)
		}
	}
	return modes
}
