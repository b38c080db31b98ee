package synthetic

import (
	"math"
	"math/rand/v2"
)

// profile describes how a generated function is called.
type profile struct {
	model    *model
	timer    timer   // period 0 if no timer calls it
	starts   float64 // cold starts a month, if no timer calls it
	calls    float64 // calls a month, if no timer calls it
	startLog float64 // mean of the logarithm of a start time in seconds
}

// Calls of functions that no timer calls, for the share z of more popular ones:
//
//	calls a month = 1000 (0.004 + z)^-2.2
//
// The exponent is steeper than the published one, -1.9 over all applications, since
// timers with their fewer calls lie between these functions in the ranks. With it the
// top 1 % of all applications have the published 87 % of the calls.
const (
	fewestCalls = 1000
	callsSlope  = 2.2
	callsTop    = 0.0040
)

// startSpread is the standard deviation of the logarithm of the start times between
// functions. The rest of the variance, startSigma² - startSpread², is within a
// function.
const startSpread = 0.3

// profile draws how a function of a region is called. popular is the share of less
// popular functions of the region. The least popular ones are the rare ones.
func (g *generator) profile(m *model, popular float64, isTimer bool, rng *rand.Rand) profile {
	// exp(mu + sigma²/2) is the mean of a log-normal, so mu = log(mean) - sigma²/2.
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
	// At least one call per cold start.
	p.calls = math.Max(p.starts, fewestCalls*math.Pow(callsTop+(1-callsTop)*(1-popular), -callsSlope))
	return p
}

// isDense reports whether the calls, ten a minute or more, keep replicas warm all the
// time.
func (p profile) isDense() bool { return p.timer.period == 0 && p.calls >= 10*monthMinutes }

// trigger returns the name in Function.Trigger.
func (p profile) trigger() string {
	switch {
	case p.timer.period > 0:
		return "timer"
	// The trace must name some trigger: bursts are typical of queues, steady calls
	// of http.
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
