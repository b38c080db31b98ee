package feature

// MaxGap is the longest gap that the distribution of gaps tells from longer
// ones.
const MaxGap = Steps + Horizons

// Distribution holds the probability of each gap: element g that of g steps
// (1 to MaxGap), element 0 that of a longer one.
type Distribution [MaxGap + 1]float32

// ownWeight is the number of gaps that the pooled distribution counts for
// beside a function's own ones.
const ownWeight = 2

// Renewal writes to dst the probability of a call in each of the next steps,
// as many as dst is long and Horizons at most, and returns it, if calls are a renewal process with the function's own gaps, smoothed
// by those of all functions:
//
//	f(g) = (own gaps of g + 2·pooled(g)) / (own gaps + 2)
//	u(t) = f(a+t)/S(a) + Σ_{s<t} u(s)·f(t-s),  S(a) = P(gap > a)
//
// with a the Age. The first term is the hazard at the present gap, the sum
// adds the calls that follow upon it.
//
// Source: Feller, "An Introduction to Probability Theory and Its
// Applications" I, chapter XIII.
func (h *History) Renewal(dst []float32, pooled *Distribution) []float32 {
	var f [MaxGap + 1]float32
	scale := 1 / float32(len(h.gaps)+ownWeight)
	for g, p := range pooled {
		f[g] = p * ownWeight * scale
	}
	for _, g := range h.gaps {
		f[g] += scale
	}
	age := min(h.Age(), Steps)
	longer := f[0]
	for _, p := range f[age+1:] {
		longer += p
	}
	for t := 1; t <= len(dst); t++ {
		u := float32(0)
		if longer > 0 {
			u = f[age+t] / longer
		}
		for s := 1; s < t; s++ {
			u += dst[s-1] * f[t-s]
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
	ends, longer := 0.0, 0.5
	for _, g := range h.gaps {
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

// Pool averages the distributions of gaps of many functions, each with equal
// weight however often it is called. A function that is silent at the end of
// its history for longer than MaxGap adds one gap beyond it.
type Pool struct {
	sum       [MaxGap + 1]float64
	functions float64
}

// Add takes in the whole history of one function. A missing step breaks a gap.
// Functions that are never called are left out.
func (p *Pool) Add(counts []int32) {
	var own [MaxGap + 1]float64
	last, total := -1, 0.0
	for i, c := range counts {
		switch {
		case c < 0:
			last = -1
		case c > 0:
			if last >= 0 {
				own[bounded(i-last)]++
				total++
			}
			last = i
		}
	}
	if last >= 0 && len(counts)-last > MaxGap {
		own[0]++
		total++
	}
	if total == 0 {
		return
	}
	p.functions++
	for g, n := range own {
		p.sum[g] += n / total
	}
}

func bounded(gap int) int {
	if gap > MaxGap {
		return 0
	}
	return gap
}

// Distribution returns the average. Every gap keeps a small probability; with
// no function all gaps are equally likely.
func (p *Pool) Distribution() Distribution {
	const floor = 0.05 // weight of the uniform distribution, in functions
	var d Distribution
	for g, s := range p.sum {
		d[g] = float32((s + floor/(MaxGap+1)) / (p.functions + floor))
	}
	return d
}
