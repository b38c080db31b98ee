package main

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/trace"
)

// origin is one point at which a forecast is made: a window, and what came
// after it.
type origin struct {
	function string
	minute   int // index of the first forecast step in the trace
	window   event.FunctionWindow
	future   []int32 // Horizons counts
}

// warmUp is the number of minutes before the first origin.
const warmUp = feature.Steps

// origins returns the origins of one function. The windows share memory with
// the trace but cannot be resliced beyond their end.
func origins(t *trace.Trace, f trace.Function, stride int) []origin {
	busy := make([]float32, len(f.Counts))
	for i, c := range f.Counts {
		busy[i] = float32(float64(max(c, 0)) * f.Duration)
	}
	var all []origin
	for m := warmUp; m+feature.Horizons <= len(f.Counts); m += stride {
		w := event.FunctionWindow{Function: f.Name, Concurrency: 1, InFlight: -1}
		from := max(0, m-feature.Past)
		w.StepSeconds, w.Start = 60, int64(t.Start+from)*60
		w.Counts, w.BusySeconds = f.Counts[from:m:m], busy[from:m:m]
		if w.Known() >= forecast.MinKnown {
			all = append(all, origin{function: f.Name, minute: m, window: w, future: f.Counts[m : m+feature.Horizons]})
		}
	}
	return all
}
