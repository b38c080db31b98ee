package method

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// levels is the number of quantiles of the need.
const levels = len(event.Quantiles)

// Statement is what a method says at one origin.
type Statement struct {
	Active [feature.Horizons]float32 // probability of a call
	Cold   float64                   // expected cold starts in the next hour

	// The need: quantiles that the method states itself, or the replicas of
	// steps with calls, in ascending order, of which they are made with Active.
	own   func(t int) [levels]int32
	needs []int32
}

// Need returns the replicas needed at horizon t, counted from 1, at
// event.Quantiles. A method that states activity alone gets those of the
// mixture of no need and the needs of the function's own active steps,
//
//	P(need ≤ k) = 1 - p + p·F(k)
//
// with F their empirical distribution, and one replica where there are none.
func (s *Statement) Need(t int) [levels]int32 {
	if s.own != nil {
		return s.own(t)
	}
	var quantiles [levels]int32
	p := float64(s.Active[t-1])
	for i, q := range event.Quantiles {
		if q <= 1-p {
			continue
		}
		quantiles[i] = 1
		if n := len(s.needs); n > 0 {
			at := int(math.Ceil((q-(1-p))/p*float64(n)-1e-9)) - 1
			quantiles[i] = s.needs[min(max(at, 0), n-1)]
		}
	}
	return quantiles
}

// activeNeeds returns the needs of the active steps of the last feature.Steps
// of a window, in ascending order.
func activeNeeds(w *event.FunctionWindow) []int32 {
	var needs []int32
	for _, n := range recentNeeds(w) {
		if n > 0 {
			needs = append(needs, n)
		}
	}
	slices.Sort(needs)
	return needs
}

// recentNeeds returns the replicas that the last feature.Steps of a window
// needed, series.NoData where unknown.
func recentNeeds(w *event.FunctionWindow) []int32 {
	duration, tail := w.MeanDuration(), w.Tail(feature.Steps)
	needs := make([]int32, len(tail.Counts))
	for i, c := range tail.Counts {
		needs[i] = series.Need(c, duration, float64(w.StepSeconds), w.Concurrency)
	}
	return needs
}

// constant returns quantiles that are the same at every horizon.
func constant(quantiles [levels]int32) func(int) [levels]int32 {
	return func(int) [levels]int32 { return quantiles }
}

// alike returns a need without spread.
func alike(need int32) func(int) [levels]int32 {
	var q [levels]int32
	for i := range q {
		q[i] = max(need, 0)
	}
	return constant(q)
}
