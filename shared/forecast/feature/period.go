package feature

// maxLag is the longest shift that is tried; two repetitions fit into Steps.
const maxLag = 90

// findPeriod sets the gap that most gaps equal within one step, and the share
// of the gaps that do. Of equals the more frequent itself wins, then the
// shorter.
func (h *History) findPeriod() {
	if len(h.gaps) == 0 {
		return
	}
	var frequency [Steps + 2]int
	for _, g := range h.gaps {
		frequency[g]++
	}
	best := 0
	for g := 1; g <= Steps; g++ {
		if near := frequency[g-1] + frequency[g] + frequency[g+1]; frequency[g] > 0 && 2*near+frequency[g] > best {
			best, h.period = 2*near+frequency[g], g
		}
	}
	p := h.period
	h.regular = float64(frequency[p-1]+frequency[p]+frequency[p+1]) / float64(len(h.gaps))
}

// findLag sets the shift for which the share of calls that follow a call by
// it, above the share that chance would give, is largest. Shares over few
// calls count less.
func (h *History) findLag() {
	if h.calls < 3 {
		return
	}
	base := float64(h.calls) / float64(h.known.both(&h.known))
	for lag := 2; lag <= maxLag && lag < h.n; lag++ {
		shifted := h.active.shift(lag)
		tries := float64(shifted.both(&h.known))
		hits := float64(shifted.both(&h.active))
		if score := (hits - base*tries) / (tries + 1.5); tries > 0 && score > h.lagScore {
			h.lag, h.lagScore = lag, score
		}
	}
}

// fold returns the share of calls among the steps that precede horizon t by a
// multiple of lag, pulled towards the overall share with a weight of one step.
func (h *History) fold(lag, t int) float64 {
	share := float64(h.calls+1) / float64(h.within[len(spans)-1]+2)
	hits, tries := share, 1.0
	if lag == 0 {
		return share
	}
	for at := h.n - 1 + t - lag; at >= 0; at -= lag {
		if at < h.n && h.known.has(at) {
			tries++
			if h.active.has(at) {
				hits++
			}
		}
	}
	return hits / tries
}

// due returns the steps between horizon t and the nearest expected beat of the
// period, counted from the last call, and the number of periods since that
// call. Without a period both are -1.
func (h *History) due(t int) (distance, periods float64) {
	if h.period == 0 {
		return -1, -1
	}
	gap := h.Age() + t
	past := gap % h.period
	return float64(min(past, h.period-past)), float64(gap) / float64(h.period)
}
