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

// Forecast is what a method predicts at one origin.
type Forecast struct {
	Active [feature.Horizons]float32 // probability of a call at each horizon
	Cold   float64                   // expected cold starts in the next hour

	// Exactly one of these gives the need: quantiles that the method predicts
	// itself, or the needs of the function's active steps in ascending order, from
	// which Need makes quantiles with Active.
	quantiles   func(horizon int) [levels]int32
	activeNeeds []int32
}

// Need returns the replicas needed at a horizon, counted from 1, at
// event.Quantiles. A method that predicts activity alone gets the quantiles of
// the mixture of no need and the needs of the function's own active steps,
//
//	P(need ≤ k) = 1 - p + p·F(k)
//
// with the probability of a call p and the empirical distribution F of those
// needs. If there are none, an active step needs one replica.
func (f *Forecast) Need(horizon int) [levels]int32 {
	if f.quantiles != nil {
		return f.quantiles(horizon)
	}
	var quantiles [levels]int32
	p := float64(f.Active[horizon-1])
	for i, q := range event.Quantiles {
		if q <= 1-p {
			continue
		}
		quantiles[i] = 1
		if n := len(f.activeNeeds); n > 0 {
			// 1e-9 keeps an exact multiple of 1/n from being rounded up to the next.
			at := int(math.Ceil((q-(1-p))/p*float64(n)-1e-9)) - 1
			quantiles[i] = f.activeNeeds[min(max(at, 0), n-1)]
		}
	}
	return quantiles
}

// fill sets the probability of a call at all horizons.
func (f *Forecast) fill(p float32) {
	for t := range f.Active {
		f.Active[t] = p
	}
}

// activeNeeds returns the needs of the active steps in the last feature.Steps of
// a window, in ascending order.
func activeNeeds(w *event.FunctionWindow) []int32 {
	needs := slices.DeleteFunc(recentNeeds(w), func(n int32) bool { return n <= 0 })
	slices.Sort(needs)
	return needs
}

// recentNeeds returns the replicas that each of the last feature.Steps of a
// window needed, series.NoData if unknown.
func recentNeeds(w *event.FunctionWindow) []int32 {
	needs := make([]int32, len(w.Counts))
	for i, load := range series.Loads(nil, w.Counts, w.MeanDuration(), float64(w.StepSeconds), w.Concurrency) {
		needs[i] = series.Need(w.Counts[i], load)
	}
	return needs[max(0, len(needs)-feature.Steps):]
}

// atAllHorizons returns quantiles that are the same at every horizon.
func atAllHorizons(quantiles [levels]int32) func(int) [levels]int32 {
	return func(int) [levels]int32 { return quantiles }
}

// certain returns quantiles that are all equal to need, or 0 if that is unknown.
func certain(need int32) func(int) [levels]int32 {
	return atAllHorizons([levels]int32(slices.Repeat([]int32{max(need, 0)}, levels)))
}
