// Package method holds what is compared: forecasts from windows, by baselines
// and by the parts of the model.
package method

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// Origin is one point at which forecasts are made: a window, and what came
// after it.
type Origin struct {
	Function string
	Minute   int // index of the first forecast step in the trace
	Window   event.FunctionWindow
	Future   []int32 // feature.Horizons counts
}

// WarmUp is the number of minutes before the first origin.
const WarmUp = feature.Steps

// Origins returns the origins of one function, every stride minutes up to the
// end of what is known of it. The windows share memory with the trace but cannot
// be resliced beyond their end. Windows that tell too little for a forecast are
// left out.
func Origins(t *trace.Trace, f trace.Function, stride int) []Origin {
	end := len(f.Counts)
	for end > 0 && f.Counts[end-1] == series.NoData {
		end--
	}
	busy := make([]float32, len(f.Counts))
	for i, c := range f.Counts {
		busy[i] = float32(float64(max(c, 0)) * f.Duration)
	}
	var all []Origin
	for m := WarmUp; m+feature.Horizons <= end; m += stride {
		// The name is not the function's: those of traces are no OpenFaaS names.
		w := event.FunctionWindow{Function: "f.trace", Concurrency: 1, InFlight: -1}
		from := max(0, m-feature.MaxHistory)
		w.StepSeconds, w.Start = 60, int64(t.Start+from)*60
		w.Counts, w.BusySeconds = f.Counts[from:m:m], busy[from:m:m]
		if w.Known() >= forecast.MinKnown {
			all = append(all, Origin{Function: f.Name, Minute: m, Window: w, Future: f.Counts[m : m+feature.Horizons]})
		}
	}
	return all
}
