package hourly

import (
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// pooledGaps is the longest gap whose pooled probability is held by itself;
// longer ones fall off geometrically.
const pooledGaps = 3 * Hour

// Gaps is the distribution of the gaps between calls over many functions, in
// minutes, with the logarithm of each probability in a byte:
//
//	P(gap = g) = exp(-Log[g-1]/16)          for g up to pooledGaps
//	           = rest · Fall · (1-Fall)^(g-pooledGaps-1)  beyond
//
// with rest what the others leave of 1.
type Gaps struct {
	Log  [pooledGaps]uint8
	Fall float32 // above 0 and below 1
}

// logScale is the number of steps of Log for a factor of e.
const logScale = 16

// NewGaps returns d in that form. Fall is such that what lies beyond has the
// median of d there.
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

// pool is Gaps as probabilities.
type pool struct {
	share  [(MaxHours+1)*Hour + 1]float64 // of each gap
	longer [(MaxHours+1)*Hour + 1]float64 // than each gap
}

func newPool(g *Gaps) *pool {
	p := &pool{}
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

// minRest is the least share of gaps beyond pooledGaps.
const minRest = 1e-3

// calls is a past as a point process: the gaps between its calls and the time
// since the last.
type calls struct {
	gaps []int // oldest first, unbroken by a missing step
	age  int   // steps since the last call, or since the first step
	n    int   // steps with calls
	ends [MaxHours*Hour + 1]float64
}

// read takes in counts, at most MaxHours hours of them.
func (c *calls) read(counts []int32) {
	for _, g := range c.gaps {
		c.ends[g] = 0
	}
	c.gaps, c.n = c.gaps[:0], 0
	last, unbroken := -1, false
	for i, n := range counts {
		switch {
		case n == series.NoData:
			unbroken = false
		case n > 0:
			if unbroken {
				c.gaps = append(c.gaps, i-last)
				c.ends[i-last]++
			}
			last, unbroken = i, true
			c.n++
		}
	}
	c.age = len(counts) - 1 - last
}

// cold returns the cold starts of the next hour that are expected if calls are
// a renewal process with the own gaps, smoothed by the pooled ones with the
// weight of so many gaps:
//
//	f(g) = (own gaps of g + weight·pooled(g)) / (own gaps + weight)
//	u(t) = f(a+t)/S(a) + Σ_{s<t} u(s)·f(t-s),  S(a) = P(gap > a)
//	E    = Σ_t [a+t > K]·f(a+t)/S(a) + Σ_{s<t} [t-s > K]·u(s)·f(t-s)
//
// with a the age and K the keep-alive: a call is a cold start if it ends a gap
// that is longer.
//
// Source: Feller, "An Introduction to Probability Theory and Its
// Applications" I, chapter XIII.
func (c *calls) cold(p *pool, weight float64) float64 {
	scale := 1 / (float64(len(c.gaps)) + weight)
	f := func(g int) float64 {
		v := weight * p.share[g]
		if g < len(c.ends) {
			v += c.ends[g]
		}
		return v * scale
	}
	longer := weight * p.longer[c.age]
	for _, g := range c.gaps {
		if g > c.age {
			longer++
		}
	}
	longer *= scale
	var u, near [Hour + 1]float64
	sum := 0.0
	for t := 1; t <= Hour; t++ {
		near[t] = f(t)
		first := f(c.age+t) / longer
		warm, cold := 0.0, 0.0
		for s := 1; s < t; s++ {
			if v := u[s] * near[t-s]; t-s > forecast.KeepAlive {
				cold += v
			} else {
				warm += v
			}
		}
		if c.age+t > forecast.KeepAlive {
			cold += first
		} else {
			warm += first
		}
		u[t] = min(cold+warm, 1)
		sum += cold
	}
	return min(sum, MaxColdStarts)
}
