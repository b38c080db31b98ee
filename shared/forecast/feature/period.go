package feature

// maxLag is the longest shift that is tried: two repetitions fit into Steps.
const maxLag = Steps / 2

// findPeriod sets the period, which is the gap that most gaps equal within one
// step, and the share of the gaps that do, of all and of the last four. If two gaps
// have equally many others near to them, the more frequent one is taken, then the
// shorter one.
func (h *History) findPeriod() {
	if len(h.lengths) == 0 {
		return
	}
	best := 0
	for _, g := range h.lengths {
		score := 2*h.near(g) + int(h.ends[g])
		if score > best || score == best && g < h.period {
			best, h.period = score, g
		}
	}
	h.regular = float64(h.near(h.period)) / float64(len(h.lengths))
	last := h.lengths[max(0, len(h.lengths)-4):]
	for _, g := range last {
		if g >= h.period-1 && g <= h.period+1 {
			h.regularRecently += 1 / float64(len(last))
		}
	}
}

// near returns the number of gaps within one step of g, which is at least 1.
func (h *History) near(g int) int {
	return int(h.ends[g-1]) + int(h.ends[g]) + int(h.ends[g+1])
}

// findLag sets the lag, by the autocorrelation of the last Steps steps: the
// shift for which the share of calls that follow a call at that distance is
// largest, above the share that chance would give. The constant in the
// denominator makes shares over few calls count less. Unlike the period, a lag
// also finds several timers of one period side by side.
func (h *History) findLag() {
	from := max(0, h.steps-Steps)
	called, known := h.called.tail(from), h.known.tail(from)
	calls := called.common(&called)
	if calls < 3 {
		return
	}
	base := float64(calls) / float64(known.common(&known))
	for lag := 2; lag <= maxLag && lag < h.steps-from; lag++ {
		shifted := called.later(lag)
		tries := float64(shifted.common(&known))
		hits := float64(shifted.common(&called))
		if score := (hits - base*tries) / (tries + 1.5); tries > 0 && score > h.lagScore {
			h.lag, h.lagScore = lag, score
		}
	}
}

// fold returns the share of active steps among the known ones of the last span
// steps that precede horizon t by a multiple of lag, pulled towards the overall
// share with a weight of one step.
func (h *History) fold(lag, t, span int) float64 {
	hits, tries := h.share(), 1.0
	if lag == 0 {
		return hits
	}
	for at := h.steps - 1 + t - lag; at >= max(0, h.steps-span); at -= lag {
		if at < h.steps && h.known.has(at) {
			tries++
			if h.called.has(at) {
				hits++
			}
		}
	}
	return hits / tries
}

// due returns how many steps horizon t lies after the nearest multiple of the
// period since the last call, negative if before it, and the number of periods
// since that call. Both are -1 if there is no period.
func (h *History) due(t int) (distance, periods float64) {
	if h.period == 0 {
		return -1, -1
	}
	gap := h.Age() + t
	distance = float64(gap % h.period)
	if gap%h.period > h.period/2 {
		distance -= float64(h.period)
	}
	return distance, float64(gap) / float64(h.period)
}

// roundness returns the longest of some usual periods of timers, in steps, that
// divides gap, and 1 if none does.
func roundness(gap int) int {
	for _, p := range [...]int{60, 30, 20, 15, 10, 5} {
		if gap%p == 0 {
			return p
		}
	}
	return 1
}
