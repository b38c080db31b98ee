package feature

// maxLag is the longest shift that is tried; two repetitions fit into Steps.
const maxLag = 90

// findPeriod sets the gap that most gaps equal within one step, and the share
// of the gaps that do, of all and of the last four. Of equals the more frequent
// itself wins, then the shorter.
func (h *History) findPeriod() {
	if len(h.gaps) == 0 {
		return
	}
	best := 0
	for _, g := range h.gaps {
		score := 2*h.near(g) + int(h.ends[g])
		if score > best || score == best && g < h.period {
			best, h.period = score, g
		}
	}
	h.regular = float64(h.near(h.period)) / float64(len(h.gaps))
	last := h.gaps[max(0, len(h.gaps)-4):]
	for _, g := range last {
		if g >= h.period-1 && g <= h.period+1 {
			h.lately += 1 / float64(len(last))
		}
	}
}

// near returns the number of gaps within one step of g, which is at least 1.
func (h *History) near(g int) int {
	return int(h.ends[g-1]) + int(h.ends[g]) + int(h.ends[g+1])
}

// findLag sets the shift for which the share of the last Steps' calls that
// follow a call by it, above the share that chance would give, is largest.
// Shares over few calls count less.
func (h *History) findLag() {
	from := max(0, h.n-Steps)
	active, known := h.active.tail(from), h.known.tail(from)
	calls := active.both(&active)
	if calls < 3 {
		return
	}
	base := float64(calls) / float64(known.both(&known))
	for lag := 2; lag <= maxLag && lag < h.n-from; lag++ {
		shifted := active.shift(lag)
		tries := float64(shifted.both(&known))
		hits := float64(shifted.both(&active))
		if score := (hits - base*tries) / (tries + 1.5); tries > 0 && score > h.lagScore {
			h.lag, h.lagScore = lag, score
		}
	}
}

// fold returns the share of calls among the steps of the last span that
// precede horizon t by a multiple of lag, pulled towards the overall share with
// a weight of one step.
func (h *History) fold(lag, t, span int) float64 {
	hits, tries := h.share(), 1.0
	if lag == 0 {
		return hits
	}
	for at := h.n - 1 + t - lag; at >= max(0, h.n-span); at -= lag {
		if at < h.n && h.known.has(at) {
			tries++
			if h.active.has(at) {
				hits++
			}
		}
	}
	return hits / tries
}

// due returns how many steps horizon t lies after the nearest expected beat of
// the period, negative before it, counted from the last call, and the number
// of periods since that call. Without a period both are -1.
func (h *History) due(t int) (distance, periods float64) {
	if h.period == 0 {
		return -1, -1
	}
	gap := h.Age() + t
	past := gap % h.period
	if past > h.period/2 {
		past -= h.period
	}
	return float64(past), float64(gap) / float64(h.period)
}

// roundness returns the longest of some usual periods of timers that divides
// gap, and 1 otherwise.
func roundness(gap int) int {
	for _, p := range [...]int{60, 30, 20, 15, 10, 5} {
		if gap%p == 0 {
			return p
		}
	}
	return 1
}
