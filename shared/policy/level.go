package policy

import (
	"cmp"
	"math"
	"slices"

	"prewarm/shared/event"
)

// Constants of the level from a function's own past.
const (
	maxPast = 240 // steps of the past that are looked at
	// minSamples is the number of active steps below which the own past says
	// too little of the level.
	minSamples = 5
	// halving is the weight of an active step over that of the one after it:
	// the weight halves in 69 active steps.
	halving = 0.99
	// tailShare is the share of the errors that the tail is fitted to.
	tailShare = 0.2
	// headroom bounds the level by the largest load of the past: what was
	// never seen cannot be told from errors alone.
	headroom = 1.25
	// leastLoad is what a load is taken for that is smaller or unknown.
	leastLoad = 1e-3
)

// guess is a simple forecast of the load of a step from those before it: the
// exponentially weighted mean of its logarithm with weight smoothing, or the
// load lag steps before, or the geometric mean of that and the last one.
type guess struct {
	smoothing float64
	lag       int
	mean      bool
}

// guesses returns the forecasts that compete. The lags are those at which
// clocks make calls repeat.
func guesses() [12]guess {
	return [...]guess{
		{smoothing: 1}, {smoothing: 0.5}, {smoothing: 0.2}, {smoothing: 0.05},
		{lag: 60}, {lag: 30}, {lag: 15}, {lag: 10}, {lag: 5},
		{lag: 60, mean: true}, {lag: 30, mean: true}, {lag: 5, mean: true},
	}
}

// past is the recent load of one function, prepared for a lookahead of some
// steps. A sample is a time at which the steps looked ahead had calls.
type past struct {
	n       int // steps
	ahead   int // steps that are looked ahead
	load    [maxPast]float64
	log     [maxPast]float64 // of load, where there is one
	at      [maxPast + 1]int // first step of each sample; the present after the last
	before  [maxPast + 1]float64
	target  [maxPast]float64 // logarithm of the sample's largest load
	need    [maxPast]int32   // and the replicas for it
	weight  [maxPast]float64
	all     float64 // sum of the weights, and one
	samples int

	guess  [maxPast + 1]float64 // of one competitor, logarithm
	errors [maxPast]weighted
}

type weighted struct{ value, weight float64 }

// read takes in the loads of f and reports whether there are enough of them.
// Where only needs are known, a load is taken to lie in the middle of what
// rounds up to its need.
func (p *past) read(f *event.Forecast, ahead int) bool {
	recent := f.Recent[max(0, len(f.Recent)-maxPast):]
	loads := f.RecentLoad[max(0, len(f.RecentLoad)-maxPast):]
	p.n, p.ahead, p.samples = len(recent), ahead, 0
	for t, need := range recent {
		switch {
		case need <= 0:
			p.load[t] = 0
			continue
		case len(loads) == len(recent):
			p.load[t] = max(float64(loads[t]), leastLoad)
		default:
			p.load[t] = float64(need) - 0.5
		}
		p.log[t] = math.Log(p.load[t])
	}
	p.sample(recent)
	p.weigh()
	return p.samples >= minSamples
}

// sample finds the samples, each with the last load before it.
func (p *past) sample(recent []int32) {
	last, known := 0.0, false
	for t := 0; t+p.ahead <= p.n; t++ {
		if i := p.largest(t, t+p.ahead); i >= 0 && known {
			s := p.samples
			p.at[s], p.before[s], p.target[s] = t, last, p.log[i]
			p.need[s] = slices.Max(recent[t : t+p.ahead])
			p.samples++
		}
		if p.load[t] > 0 {
			last, known = p.log[t], true
		}
	}
	for t := max(0, p.n-p.ahead+1); t < p.n; t++ {
		if p.load[t] > 0 {
			last = p.log[t]
		}
	}
	p.at[p.samples], p.before[p.samples] = p.n, last
}

// weigh gives every sample its weight.
func (p *past) weigh() {
	w := 1.0
	p.all = 1
	for s := p.samples - 1; s >= 0; s-- {
		p.weight[s] = w
		p.all += w
		w *= halving
	}
}

// largest returns the step of the largest load in [from, to), -1 where there
// is none.
func (p *past) largest(from, to int) int {
	best := -1
	for i := max(0, from); i < min(to, p.n); i++ {
		if p.load[i] > 0 && (best < 0 || p.load[i] > p.load[best]) {
			best = i
		}
	}
	return best
}

// replicas rounds a load up.
func replicas(load float64) int32 {
	return int32(max(1, math.Ceil(min(load, math.MaxInt32/2)-1e-9)))
}

// level returns the replicas that are exceeded with probability q, given that
// there are calls, and the share of samples in which more would have been
// needed. Each guess is raised by the (1-q) quantile of its own errors; the one
// whose levels would have cost least so far,
//
//	sum over samples of weight * (max(0, need - level) + q * max(0, level - need)),
//
// is believed.
func (p *past) level(q float64) (k int, more float64) {
	most := slices.Max(p.need[:p.samples])
	if most == 1 && p.peak() <= math.Log(0.5) {
		return 1, 0
	}
	least := math.Inf(1)
	for _, g := range guesses() {
		p.try(g)
		rise := p.quantile(1 - q)
		if cost := p.cost(rise, q); cost < least {
			least = cost
			k = int(replicas(math.Exp(p.guess[p.samples] + rise)))
			k = min(k, int(math.Ceil(headroom*float64(most))))
			more = p.share(math.Log(float64(k)) - p.guess[p.samples])
		}
	}
	return k, more
}

// peak returns the logarithm of the largest sample.
func (p *past) peak() float64 { return slices.Max(p.target[:p.samples]) }

// try writes what g says of every sample and of the present, and its errors.
func (p *past) try(g guess) {
	mean := p.before[0]
	for s := 0; s <= p.samples; s++ {
		if g.lag == 0 {
			mean += g.smoothing * (p.before[s] - mean)
			p.guess[s] = mean
		} else {
			p.guess[s] = p.lagged(s, g)
		}
		if s < p.samples {
			p.errors[s] = weighted{p.target[s] - p.guess[s], p.weight[s]}
		}
	}
}

// lagged returns the guess of sample s from the load one lag before, or from
// the last one where there was none.
func (p *past) lagged(s int, g guess) float64 {
	from := p.at[s] - g.lag
	i := p.largest(from, min(from+p.ahead, p.at[s]))
	switch {
	case i < 0:
		return p.before[s]
	case g.mean:
		return (p.log[i] + p.before[s]) / 2
	}
	return p.log[i]
}

// cost returns what the guess raised by rise would have cost.
func (p *past) cost(rise, q float64) float64 {
	sum := 0.0
	for s, need := range p.need[:p.samples] {
		level := replicas(math.Exp(p.guess[s] + rise))
		sum += p.weight[s] * (float64(max(0, need-level)) + q*float64(max(0, level-need)))
	}
	return sum
}

// share returns the weighted share of the errors above x.
func (p *past) share(x float64) float64 {
	above := 0.0
	for _, e := range p.errors[:p.samples] {
		if e.value > x {
			above += e.weight
		}
	}
	return above / p.all
}

// quantile sorts the errors and returns their quantile, interpolated between
// them; one more error is taken to lie above all. Beyond the largest the tail
// is exponential, as fitted to the upper tailShare of the errors.
func (p *past) quantile(level float64) float64 {
	errors := p.errors[:p.samples]
	slices.SortFunc(errors, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
	var sum, share, tail, tailFrom float64
	last := errors[0].value
	for i, e := range errors {
		next := (sum + e.weight/2) / p.all
		if next >= level {
			if i == 0 {
				return e.value
			}
			return last + (e.value-last)*(level-share)/(next-share)
		}
		if sum += e.weight; tailFrom == 0 && sum/p.all >= 1-tailShare {
			tail, tailFrom = e.value, sum/p.all
		}
		last, share = e.value, next
	}
	if tailFrom == 0 || tailFrom >= share {
		return last
	}
	scale := (last - tail) / math.Log((1-tailFrom)/(1-share))
	return last + scale*math.Log((1-share)/(1-level))
}
