package synthetic

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"prewarm/shared/trace"
)

// withinSigma returns the standard deviation of the logarithm of the start
// times of one function.
func withinSigma() float64 { return math.Sqrt(startSigma*startSigma - startSpread*startSpread) }

// startTimes returns the description of the start times of a function: a log-normal
// distribution, with the published shares of the parts in the mean.
func (p profile) startTimes() trace.StartTimes {
	d := distuv.LogNormal{Mu: p.startLog, Sigma: withinSigma()}
	mean := d.Mean()
	t := trace.StartTimes{Mean: mean, Pod: sharePod * mean, Code: shareCode * mean, Dependencies: shareDependency * mean, Scheduling: shareScheduling * mean}
	for _, q := range trace.StartProbabilities() {
		t.Quantiles = append(t.Quantiles, trace.Quantile{P: q, Seconds: d.Quantile(q)})
	}
	return t
}

// burstGap is the mean time in seconds between the cold starts of a function in one
// minute, which come in a burst. The gaps are exponential.
const burstGap = 0.01

// coldStarts appends the cold starts of function i to dst. f.Counts is their number
// in each minute.
func (g *generator) coldStarts(dst []trace.ColdStart, i int, f trace.Function, p profile) []trace.ColdStart {
	// A source of its own ("start" in ASCII): the counts of a function are the same
	// whether its starts are drawn or not.
	rng := rand.New(rand.NewPCG(g.Seed^0x7374617274, uint64(i)))
	sigma := withinSigma()
	for m, n := range f.Counts {
		if n < 1 {
			continue
		}
		second := 60 * rng.Float64()
		if p.timer.period > 0 {
			// A timer fires at the begin of its minute.
			second = 2 * rng.Float64()
		}
		for range n {
			// 59.999 keeps a long burst within the minute that it is counted in.
			c := trace.ColdStart{Time: float64(60*(g.Start+m)) + math.Min(second, 59.999), Total: logNormal(rng, p.startLog, sigma)}
			divide(&c, rng)
			dst = append(dst, c)
			second += burstGap * rng.ExpFloat64()
		}
	}
	return dst
}

// divide divides c.Total into its parts, at random with the published shares as
// means: a Dirichlet draw with concentration 2, made of gamma variates. With so low a
// concentration one part is often nearly all of the time.
func divide(c *trace.ColdStart, rng *rand.Rand) {
	sum := 0.0
	shares := [...]float64{sharePod, shareCode, shareDependency, shareScheduling}
	parts := [...]*float64{&c.Pod, &c.Code, &c.Dependencies, &c.Scheduling}
	for i, part := range parts {
		*part = distuv.Gamma{Alpha: 2 * shares[i], Beta: 1, Src: rng}.Rand()
		sum += *part
	}
	for _, part := range parts {
		*part *= c.Total / sum
	}
}
