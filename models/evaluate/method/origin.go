// Package method holds the methods that an evaluation compares: baselines
// without training, and the parts of the model. All of them forecast from a
// window at an Origin and see nothing that comes after it.
package method

import (
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// Origin is a minute at which forecasts are made: the window before it, and what
// was observed from it on.
type Origin struct {
	Function string
	Minute   int // index of the first forecast step in the trace
	Window   event.FunctionWindow
	Future   []int32 // counts of the feature.Horizons steps from Minute on
}

// Need returns the need of the first minute after the origin, series.NoData if its calls
// are unknown. duration is the mean duration of a call in seconds, 0 if unknown. A
// replica serves one call at a time.
func (o *Origin) Need(duration float64) int32 {
	counts := append(slices.Clone(o.Window.Counts), o.Future[0])
	loads := series.Loads(nil, counts, duration, 60, 1)
	return series.Need(o.Future[0], loads[len(loads)-1])
}

// WarmUp is the number of minutes before the first origin: the steps that the
// network reads.
const WarmUp = feature.Steps

// Origins returns the origins of one function, every stride minutes up to the end
// of its known counts. Windows with fewer than forecast.MinKnown known steps are
// left out, since no method can forecast from them.
//
// The windows share memory with the trace. Their capacity ends at the origin, so
// that no method can reslice a window into the future.
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
		// Names in traces are not valid names of OpenFaaS functions.
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

// Within returns copies of origins whose windows have the last steps alone. Methods
// forecast from these; what was observed is read from the originals, since calls
// before the bound decide whether a replica is still warm, or still in use.
func Within(origins []Origin, steps int) []Origin {
	bounded := slices.Clone(origins)
	for i := range bounded {
		w := &bounded[i].Window
		w.Window = w.Tail(steps)
	}
	return bounded
}

// Known returns the origins at which a method that sees the last steps alone can
// forecast: at least forecast.MinKnown of them are known.
func Known(origins []Origin, steps int) []Origin {
	return slices.DeleteFunc(origins, func(o Origin) bool { return o.Window.Tail(steps).Known() < forecast.MinKnown })
}
