package method

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// maximumOfTen forecasts the largest need of the last ten steps for each of the next
// ones. This is what a keep-alive of ten minutes keeps warm.
func maximumOfTen(w *event.FunctionWindow) Forecast {
	recent := recentNeeds(w)
	return Forecast{quantiles: certain(slices.Max(recent[max(0, len(recent)-10):]))}
}

// ownQuantiles forecasts the quantiles of the function's needs in the last three
// hours, idle steps included.
func ownQuantiles(w *event.FunctionWindow) Forecast {
	sorted := slices.DeleteFunc(recentNeeds(w), func(n int32) bool { return n == series.NoData })
	slices.Sort(sorted)
	var q [levels]int32
	for i, level := range event.Quantiles {
		if n := len(sorted); n > 0 {
			// The nearest rank, without interpolation: a number of replicas is
			// whole.
			q[i] = sorted[int(math.Round(level*float64(n-1)))]
		}
	}
	return Forecast{quantiles: atAllHorizons(q)}
}
