package synthetic

import (
	"math"
	"math/rand/v2"
)

// profile is the way in which a generated function is called.
type profile struct {
	model    *model
	timer    schedule // period 0 where no timer calls it
	starts   float64  // cold starts a month, where no timer calls it
	calls    float64  // a month, where no timer calls it
	startLog float64  // mean of the logarithm of a start time in seconds
}

// Popularity by calls of functions that no timer calls, for the share z of more
// popular ones: 1000·(0.004 + z)^-2.2 calls a month. Timers, which have fewer
// calls than such a power asks for, lie between them in the ranks: over all
// applications the top 1 % have 87 % of calls, and calls fall with rank to the
// power -1.9.
const (
	fewestCalls = 1000
	callsSlope  = 2.2
	callsTop    = 0.0040
)

// startSpread is how much start times differ between functions, as the standard
// deviation of their logarithm; within a function they differ by the rest.
const startSpread = 0.3

// profile draws the way in which a function of a region is called. popular is
// the share of less popular functions of the region.
func (g *generator) profile(m *model, popular float64, isTimer bool, rng *rand.Rand) profile {
	p := profile{model: m, startLog: math.Log(m.startMean) - startSigma*startSigma/2 + startSpread*rng.NormFloat64()}
	rare := m.rare
	if g.SkipRare {
		rare = 0
	}
	isRare := popular < rare
	within := (popular - rare) / (1 - rare)
	if isRare {
		within = popular / rare
	}
	switch {
	case isTimer:
		p.timer = drawTimer(m, within, isRare, rng)
	case isRare:
		p.starts = 1 + math.Floor((rareStarts-1)*within)
	default:
		p.starts = m.starts.at(within)
	}
	p.calls = math.Max(p.starts, fewestCalls*math.Pow(callsTop+(1-callsTop)*(1-popular), -callsSlope))
	return p
}

// isDense reports whether calls are so many that replicas are always warm: ten
// a minute or more.
func (p profile) isDense() bool { return p.timer.period == 0 && p.calls >= 10*monthMinutes }

// trigger returns the name in Function.Trigger.
func (p profile) trigger() string {
	switch {
	case p.timer.period > 0:
		return "timer"
	case p.starts > exactUpTo && !p.isDense():
		return "queue"
	}
	return "http"
}

// counts draws the counts of a function.
func (p profile) counts(o Options, rng *rand.Rand) []int32 {
	counts := make([]int32, o.Minutes)
	if p.timer.period > 0 {
		p.timer.fill(counts, o, rng)
		return counts
	}
	fillStarts(counts, p.starts, p.model, o.Start, rng)
	switch {
	case o.ColdStarts:
	case p.isDense():
		fillDense(counts, (p.calls-p.starts)/monthMinutes, p.model.shape, o.Start, rng)
	default:
		addCalls(counts, p.calls/p.starts, rng)
	}
	return counts
}
