package forecast_test

import (
	"math/rand/v2"
	"slices"

	"prewarm/shared/event"
)

// withCounts replaces the counts of a window.
func withCounts(w event.FunctionWindow, counts ...int32) event.FunctionWindow {
	w.Counts, w.BusySeconds = counts, nil
	return w
}

// extend repeats random steps of w until there are n.
func extend(w event.FunctionWindow, n int, rng *rand.Rand) event.FunctionWindow {
	for len(w.Counts) < n {
		i := rng.IntN(len(w.Counts))
		w.Counts, w.BusySeconds = append(w.Counts, w.Counts[i]), append(w.BusySeconds, w.BusySeconds[i])
	}
	return w
}

// cut returns a copy of the first n steps of w.
func cut(w event.FunctionWindow, n int) event.FunctionWindow {
	w.Counts, w.BusySeconds = slices.Clone(w.Counts[:n]), slices.Clone(w.BusySeconds[:n])
	return w
}
