package feature

// MaxGap is the longest gap that the distribution of gaps tells from longer
// ones.
const MaxGap = MaxHistory + Horizons

// GapDistribution holds the probability of each gap: element g that of g steps
// (1 to MaxGap), element 0 that of a longer one.
type GapDistribution [MaxGap + 1]float32

// ownWeight is the number of gaps that the pooled distribution counts for
// beside a function's own ones.
const ownWeight = 2

// Renewal writes to dst the probability of a call in each of the next steps,
// as many as dst is long and Horizons at most, and returns it, if calls are a
// renewal process with the function's own gaps, smoothed by those of all
// functions:
//
//	f(g) = (own gaps of g + 2·pooled(g)) / (own gaps + 2)
//	u(t) = f(a+t)/S(a) + Σ_{s<t} u(s)·f(t-s),  S(a) = P(gap > a)
//
// with a the Age. The first term is the hazard at the present gap, the sum
// adds the calls that follow upon it.
//
// Source: Feller, "An Introduction to Probability Theory and Its
// Applications" I, chapter XIII.
func (h *History) Renewal(dst []float32, pooled *GapDistribution) []float32 {
	scale := 1 / float32(len(h.gaps)+ownWeight)
	f := func(g int) float32 {
		p := pooled[g] * ownWeight
		if g < len(h.ends) {
			p += float32(h.ends[g])
		}
		return p * scale
	}
	age := min(h.Age(), MaxHistory)
	longer := pooled[0]
	for _, p := range pooled[age+1:] {
		longer += p
	}
	longer = (longer*ownWeight + float32(h.longer[age+1])) * scale
	var near [Horizons]float32
	for t := 1; t <= len(dst); t++ {
		near[t-1] = f(t)
		u := float32(0)
		if longer > 0 {
			u = f(age+t) / longer
		}
		for s := 1; s < t; s++ {
			u += dst[s-1] * near[t-s-1]
		}
		dst[t-1] = min(u, 1)
	}
	return dst
}

// hazard returns the share of the own gaps of at least the present gap at
// horizon t that end there, within one step at half weight. Half a gap counts
// as longer, so that few gaps claim little.
func (h *History) hazard(t int) float64 {
	gap := h.Age() + t
	if gap > MaxHistory {
		return 0
	}
	ends := float64(h.ends[gap]) + 0.5*float64(h.ends[gap-1]) + 0.5*float64(h.ends[gap+1])
	return min(ends/(float64(h.longer[gap-1])+0.5), 1)
}

// counted returns the number of own gaps that end at the present gap of
// horizon t, and of those that are at least as long.
func (h *History) counted(t int) (ends, longer int) {
	gap := h.Age() + t
	if gap > MaxHistory {
		return 0, 0
	}
	return int(h.ends[gap]), int(h.longer[gap])
}

// hazardAfter is as hazard over the gaps that follow upon one like the last,
// pulled towards hazard with a weight of one gap.
func (h *History) hazardAfter(t int, hazard float64) float64 {
	gap := h.Age() + t
	ends, longer := hazard, 1.0
	for _, g := range h.after {
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

// KaplanMeier estimates the distribution of gaps over many functions, each with equal
// weight however often it is called, by the product limit:
//
//	S(g) = Π_{i<=g} (1 - ends(i)/at risk(i))
//
// A silence that the end of a history cuts off was at risk for as long as it
// lasted.
//
// Source: Kaplan, Meier, "Nonparametric Estimation from Incomplete
// Observations", JASA 53, 1958.
type KaplanMeier struct {
	ends, leaves [MaxGap + 2]float64 // by length: gaps that end, gaps and cut-off silences
}

// Add takes in the whole history of one function. A missing step breaks a gap.
// Functions that are never called are left out.
func (p *KaplanMeier) Add(counts []int32) {
	last, total := -1, 0.0
	var gaps []int
	for i, c := range counts {
		switch {
		case c < 0:
			last = -1
		case c > 0:
			if last >= 0 {
				gaps = append(gaps, min(i-last, MaxGap+1))
			}
			last = i
		}
	}
	silence := 0
	if last >= 0 {
		silence = min(len(counts)-1-last, MaxGap+1)
	}
	if total = float64(len(gaps)); silence > 0 {
		total++
		p.leaves[silence] += 1 / total
	}
	for _, g := range gaps {
		p.leaves[g] += 1 / total
		p.ends[g] += 1 / total
	}
}

// Distribution returns the estimate. Every gap keeps a small probability, as
// if a twentieth of a function had gaps of all lengths; with no function all
// gaps are equally likely.
func (p *KaplanMeier) Distribution() GapDistribution {
	const floor = 0.05 // weight of the uniform distribution, in functions
	atRisk := 0.0
	for _, n := range p.leaves {
		atRisk += n
	}
	var d GapDistribution
	left, uniform := 1.0, floor
	const share = floor / (MaxGap + 1)
	for g := 1; g <= MaxGap; g++ {
		hazard := (p.ends[g] + share) / (atRisk + uniform)
		d[g] = float32(left * hazard)
		left *= 1 - hazard
		atRisk = max(0, atRisk-p.leaves[g])
		uniform -= share
	}
	d[0] = float32(left)
	return d
}
