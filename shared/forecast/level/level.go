// Package level forecasts how many replicas a function needs in the steps ahead,
// given that there are calls, from the function's own history alone.
//
// The history is the need of the recent steps. If few of them had calls, it begins with
// earlier active steps, so that the size of bursts is known that are hours apart.
//
// Whether there will be calls is left to the models of package forecast: this
// package reads no network and is small enough for every build.
//
// The method has three parts. Twelve simple candidates (exponentially weighted
// means, and the load one clock period ago) predict the logarithm of the load.
// Each prediction is raised by the wanted quantile of the candidate's own
// residuals, in which one more residual than observed is taken to lie above all
// others, as in conformal prediction. The candidate whose levels would have cost
// least so far is used: "follow the leader" among experts.
//
// Sources: Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World",
// Springer, 2005 (conformal prediction). Kalai, Vempala, "Efficient algorithms
// for online decision problems", Journal of Computer and System Sciences 71(3),
// 2005 (follow the leader).
package level

import (
	"math"

	"prewarm/shared/event"
)

const (
	maxSteps   = 240                         // recent steps that are read
	maxSamples = maxSteps + event.MaxEarlier // active steps before them have one sample each
	// minSamples is the number of samples below which the history is too short to
	// forecast from.
	minSamples = 5
	// discount is the weight of a sample relative to the next one: the weight
	// halves in 69 samples.
	discount = 0.99
	// headroom bounds the result to this multiple of the largest need of the
	// history: residuals do not show how far beyond the observed range a load may go.
	headroom = 1.25
	// minLoad replaces smaller and unknown loads of active steps, whose logarithm
	// would be far below all others or minus infinity.
	minLoad = 1e-3
)

// Level is the history of one function, prepared for one length of the
// lookahead. Replicas overwrites its working memory, so it is not safe for
// concurrent use.
type Level struct {
	steps int // length of the history
	ahead int // length of the lookahead in steps

	load    [maxSteps]float64 // of each step, in replicas; 0 without calls or data
	logLoad [maxSteps]float64 // natural logarithm of load; valid if load > 0

	samples [maxSamples + 1]sample // the n samples of the history, then the present
	n       int
	// totalWeight is the sum of the samples' weights and 1, the weight of the
	// residual that is taken to lie above all observed ones.
	totalWeight float64

	// The candidate under test, in logarithms of the load.
	predicted [maxSamples + 1]float64 // for each sample and the present
	residuals [maxSamples]residual    // target - predicted; sorted by quantile
}

// sample is a lookahead within the history that had calls. Samples overlap: one
// begins at each step. The present is a sample whose outcome is not known yet.
type sample struct {
	begin  int     // its first step
	before float64 // logarithm of the last load before begin
	target float64 // logarithm of its largest load
	need   int32   // its largest need
	weight float64
}

// New prepares a forecast of the steps up to ahead steps after the origin of o.
// ok is false if the history has too few samples: l is of no use then.
//
// If only needs are known, each load is taken to lie in the middle of the loads
// that round up to its need.
func New(o *event.Observation, ahead int) (l *Level, ok bool) {
	l = new(Level)
	return l, l.read(o, ahead)
}

// read is New without the allocation, so that New can be inlined and the Level
// of a caller that does not keep it stays on the stack.
func (l *Level) read(o *event.Observation, ahead int) bool {
	needs := o.Recent[max(0, len(o.Recent)-maxSteps):]
	loads := o.RecentLoad[max(0, len(o.RecentLoad)-maxSteps):]
	l.steps, l.ahead = len(needs), ahead
	for t, need := range needs {
		switch {
		case need <= 0:
			continue
		case len(loads) == len(needs):
			l.load[t] = max(float64(loads[t]), minLoad)
		default:
			l.load[t] = float64(need) - 0.5
		}
		l.logLoad[t] = math.Log(l.load[t])
	}
	l.collect(needs, o.Earlier)
	l.weigh()
	return l.n >= minSamples
}

// Replicas returns the (1-q) quantile of the needed replicas, given that there
// are calls: the number that is exceeded with probability q, at least 1. q is above 0
// and below 1.
//
// Each candidate is raised by a margin, the (1-q) quantile of its residuals. The
// candidate with the least cost over the history is used; see cost.
func (l *Level) Replicas(q float64) int {
	largest, peak := l.extremes()
	if largest == 1 && peak <= math.Log(0.5) {
		return 1 // even twice the largest load fits into one replica
	}
	replicas, least := 1, math.Inf(1)
	for _, c := range candidates() {
		l.predict(c)
		margin := l.quantile(1 - q)
		if cost := l.cost(margin, q, least); cost < least {
			least = cost
			replicas = min(int(event.NeedOf(math.Exp(l.predicted[l.n]+margin))), int(math.Ceil(headroom*float64(largest))))
		}
	}
	return replicas
}

// cost returns what the current candidate would have cost, in cold starts, had
// each sample been met with its prediction plus margin:
//
//	sum of weight * (max(0, need - level) + q * max(0, level - need))
//
// A replica that is missing costs one cold start, an idle one q of it. Once the sum
// reaches enough, cost returns it without the samples that are left.
func (l *Level) cost(margin, q, enough float64) float64 {
	sum := 0.0
	for i, s := range l.samples[:l.n] {
		if sum >= enough {
			break
		}
		level := event.NeedOf(math.Exp(l.predicted[i] + margin))
		sum += s.weight * (float64(max(0, s.need-level)) + q*float64(max(0, level-s.need)))
	}
	return sum
}
