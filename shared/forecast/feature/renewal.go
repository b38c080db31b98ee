package feature

// MaxGap is the longest gap in steps that has a probability of its own in a
// GapDistribution: a history and the horizons after it.
const MaxGap = MaxHistory + Horizons

// GapDistribution holds the probability of each gap: element g that of g steps,
// from 1 to MaxGap, and element 0 that of a longer one.
type GapDistribution [MaxGap + 1]float32

// pooledWeight is the number of gaps that the pooled distribution counts for
// beside a function's own gaps.
const pooledWeight = 2

// Renewal writes to dst the probability of a call in each of the next len(dst)
// steps, Horizons at most, and returns it. Calls are taken as a renewal process
// with the function's own gaps, smoothed by the pooled ones of many functions:
//
//	f(g) = (own gaps of g + 2·pooled(g)) / (own gaps + 2)
//	u(t) = f(a+t)/S(a) + Σ_{s<t} u(s)·f(t-s),  S(a) = P(gap > a)
//
// with a the Age. The first term is the hazard of the present gap; the sum adds
// the calls that follow upon a call in one of the steps between.
//
// Source: Feller, "An Introduction to Probability Theory and Its
// Applications" I, chapter XIII.
func (h *History) Renewal(dst []float32, pooled *GapDistribution) []float32 {
	scale := 1 / float32(len(h.lengths)+pooledWeight)
	f := func(g int) float32 { return (pooled[g]*pooledWeight + float32(h.Ends(g))) * scale }
	age := min(h.Age(), MaxHistory)
	longer := pooled[0]
	for _, p := range pooled[age+1:] {
		longer += p
	}
	longer = (longer*pooledWeight + float32(h.longer[age+1])) * scale
	var shares [Horizons]float32 // f(1), f(2), ...
	for t := 1; t <= len(dst); t++ {
		shares[t-1] = f(t)
		u := float32(0)
		if longer > 0 {
			u = f(age+t) / longer
		}
		for s := 1; s < t; s++ {
			u += dst[s-1] * shares[t-s-1]
		}
		dst[t-1] = min(u, 1)
	}
	return dst
}

// hazard returns the share of gaps that end at horizon t among the own gaps that
// are at least as long as the present gap then. Gaps that end one step earlier
// or later count by half, so that timers may be late by a step. Half a gap more
// is taken to be longer, so that a hazard over few gaps stays below 1.
func (h *History) hazard(t int) float64 {
	gap := h.Age() + t
	if gap > MaxHistory {
		return 0
	}
	ends := float64(h.ends[gap]) + 0.5*float64(h.ends[gap-1]) + 0.5*float64(h.ends[gap+1])
	return min(ends/(float64(h.longer[gap-1])+0.5), 1)
}

// counted returns the numerator and the denominator of the hazard without any
// smoothing: the own gaps that end at horizon t, and those that are at least as
// long as the present gap then.
func (h *History) counted(t int) (ends, longer int) {
	gap := h.Age() + t
	if gap > MaxHistory {
		return 0, 0
	}
	return int(h.ends[gap]), int(h.longer[gap])
}

// hazardAfter is the hazard over those gaps that followed upon a gap like the
// last one, pulled towards the overall hazard with a weight of one gap.
func (h *History) hazardAfter(t int, overall float64) float64 {
	gap := h.Age() + t
	ends, longer := overall, 1.0
	for _, g := range h.afterLike {
		if g >= gap-1 {
			longer++
		}
		switch g - gap {
		case 0:
			ends++
		case -1, 1:
			ends += 0.5
		}
	}
	return min(ends/longer, 1)
}
