package method

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// mostOfTen needs what the busiest of the last ten steps needed, as keep-alive
// of ten minutes holds.
func mostOfTen(w *event.FunctionWindow) Statement {
	recent := recentNeeds(w)
	return Statement{own: alike(slices.Max(recent[max(0, len(recent)-10):]))}
}

// ownQuantiles needs the quantiles of the function's last three hours.
func ownQuantiles(w *event.FunctionWindow) Statement {
	sorted := slices.DeleteFunc(recentNeeds(w), func(n int32) bool { return n == series.NoData })
	slices.Sort(sorted)
	var q [levels]int32
	for i, level := range event.Quantiles {
		if n := len(sorted); n > 0 {
			q[i] = sorted[int(math.Round(level*float64(n-1)))]
		}
	}
	return Statement{own: constant(q)}
}
