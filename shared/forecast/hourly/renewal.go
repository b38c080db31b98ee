package hourly

import (
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// pooledGaps is the longest gap whose pooled probability is stored as a value of its
// own; the probabilities of longer gaps fall geometrically.
const pooledGaps = 3 * Hour

// Gaps is the distribution of the gaps between calls over many functions, in
// minutes, in the compact form of the model file. It stores the logarithm of
// each probability in a byte, which keeps probabilities within 3 %:
//
//	P(gap = g) = exp(-Log[g-1]/16)                    for g up to pooledGaps
//	           = rest·Fall·(1-Fall)^(g-pooledGaps-1)  beyond
//
// with rest what the others leave of 1.
type Gaps struct {
	Log  [pooledGaps]uint8
	Fall float32 // above 0 and below 1
}

// logScale is the number of steps of Log for a factor of e.
const logScale = 16

// NewGaps returns d in that form. Fall is such that the gaps beyond pooledGaps
// have the median that they have in d.
func NewGaps(d *feature.GapDistribution) Gaps {
	var g Gaps
	for i := range g.Log {
		g.Log[i] = uint8(min(math.Round(-logScale*math.Log(float64(d[i+1]))), math.MaxUint8))
	}
	beyond := float64(d[0])
	for _, p := range d[pooledGaps+1:] {
		beyond += float64(p)
	}
	median, sum := pooledGaps+1, 0.0
	for ; median < feature.MaxGap && sum < beyond/2; median++ {
		sum += float64(d[median])
	}
	g.Fall = float32(1 - math.Exp2(-1/float64(median-pooledGaps)))
	return g
}

// maxGap is the longest gap that a forecast asks for: the longest history and
// the hour after it.
const maxGap = (MaxHours + 1) * Hour

// pooled is Gaps as probabilities.
type pooled struct {
	share  [maxGap + 1]float64 // of each gap
	longer [maxGap + 1]float64 // of gaps longer than each
}

func newPooled(g *Gaps) *pooled {
	p := &pooled{}
	sum := 0.0
	for i, l := range g.Log {
		p.share[i+1] = math.Exp(-float64(l) / logScale)
		sum += p.share[i+1]
	}
	scale := 1.0
	if sum > 1-minRest {
		scale = (1 - minRest) / sum
	}
	p.longer[0] = 1
	for i := 1; i < len(p.share); i++ {
		if p.share[i] *= scale; i > pooledGaps {
			p.share[i] = p.longer[i-1] * float64(g.Fall)
		}
		p.longer[i] = p.longer[i-1] - p.share[i]
	}
	return p
}

// minRest is the least share of gaps beyond pooledGaps. Rounding to bytes can
// bring the sum of the others to 1 and more.
const minRest = 1e-3

// The number of gaps that the pooled distribution counts for beside a
// function's own gaps: the first is robust with few gaps, the second follows
// them closely.
const (
	smoothedWeight = 2
	ownWeight      = 0.3
)

// renewal is the renewal process of one function's calls: its own gaps, smoothed
// by the pooled ones with the weight of the given number of gaps:
//
//	f(g) = (own gaps of g + weight·pooled(g)) / (own gaps + weight)
//	S(a) = P(gap > a)
type renewal struct {
	gaps   *feature.Gaps
	pooled *pooled
	weight float64
}

// probability returns f(g).
func (r renewal) probability(g int) float64 {
	scale := 1 / (float64(len(r.gaps.Lengths())) + r.weight)
	return (r.weight*r.pooled.share[g] + float64(r.gaps.Ends(g))) * scale
}

// longer returns S(a).
func (r renewal) longer(a int) float64 {
	scale := 1 / (float64(len(r.gaps.Lengths())) + r.weight)
	sum := r.weight * r.pooled.longer[a]
	for _, g := range r.gaps.Lengths() {
		if g > a {
			sum++
		}
	}
	return sum * scale
}

// coldStarts returns the expected cold starts of the next hour. A call is a cold
// start if it ends a gap that is longer than the keep-alive:
//
//	u(t) = f(a+t)/S(a) + Σ_{s<t} u(s)·f(t-s)
//	E    = Σ_t [a+t > K]·f(a+t)/S(a) + Σ_{s<t} [t-s > K]·u(s)·f(t-s)
//
// with u(t) the probability of a call in step t, a the age and K the keep-alive.
//
// Source: Feller, "An Introduction to Probability Theory and Its
// Applications" I, chapter XIII.
func (r renewal) coldStarts() float64 {
	age := r.gaps.Age()
	longer := r.longer(age)
	var u, f [Hour + 1]float64
	sum := 0.0
	for t := 1; t <= Hour; t++ {
		f[t] = r.probability(t)
		warm, cold := 0.0, 0.0
		add := func(gap int, p float64) {
			if gap > forecast.KeepAlive {
				cold += p
			} else {
				warm += p
			}
		}
		for s := 1; s < t; s++ {
			add(t-s, u[s]*f[t-s])
		}
		add(age+t, r.probability(age+t)/longer)
		u[t] = min(cold+warm, 1)
		sum += cold
	}
	return min(sum, MaxColdStarts)
}
