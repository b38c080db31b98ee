package simulate

import (
	"context"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Forecaster writes the forecast of windows[i] to dst[i]; forecast.Predictor is
// one.
type Forecaster interface {
	Forecast(dst []event.Forecast, windows []event.FunctionWindow) []error
}

// windowSteps is the history that a forecast is made from, as in the chain.
const windowSteps = 180

// Outlook holds the forecast of the next minute for every function and minute
// of a workload, each made from the minutes before it. Policies of different
// cost ratios share one, since a forecast does not depend on them.
type Outlook struct {
	workload *Workload
	minutes  [][]outlook // minute, function
}

// outlook is the first horizon of a forecast. In steps of one minute with
// replicas that are ready at once, the policy looks no further.
type outlook struct {
	noData   string
	pActive  event.Prob
	need     [len(event.Quantiles)]int32
	evidence int32
}

// NewOutlook forecasts every minute of w with model, and calls tick after each.
// It ends early with the error of ctx.
func NewOutlook(ctx context.Context, w *Workload, model Forecaster, tick func()) (*Outlook, error) {
	o := &Outlook{workload: w, minutes: make([][]outlook, w.Minutes)}
	forecasts := make([]event.Forecast, len(w.Functions))
	windows := make([]event.FunctionWindow, len(w.Functions))
	busy := make([]float32, len(w.Functions)*windowSteps)
	for m := range w.Minutes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o.minutes[m] = make([]outlook, len(w.Functions))
		if m > 0 {
			h := History{w, m}
			for f := range windows {
				windows[f] = h.window(f, busy[f*windowSteps:(f+1)*windowSteps])
			}
			model.Forecast(forecasts, windows)
			for f := range forecasts {
				o.minutes[m][f] = shorten(&forecasts[f])
			}
		}
		tick()
	}
	return o, nil
}

// window is what the collector would have sent for function f at the end of the
// last minute. busy is scratch of length windowSteps.
func (h History) window(f int, busy []float32) event.FunctionWindow {
	counts := h.Counts(f)
	counts = counts[max(0, len(counts)-windowSteps):]
	busy = busy[:len(counts)]
	for i, c := range counts {
		busy[i] = float32(max(0, c)) * float32(h.Function(f).Duration)
	}
	first := int64(h.workload.Start+h.minute-len(counts)) * stepSeconds
	return event.FunctionWindow{
		Function: h.Function(f).Name, Concurrency: float64(h.Concurrency()),
		Window: series.Window{StepSeconds: stepSeconds, Start: first, Counts: counts, BusySeconds: busy},
	}
}

func shorten(f *event.Forecast) outlook {
	o := outlook{noData: f.NoData, evidence: int32(f.Evidence)}
	if f.NoData == "" {
		o.pActive = f.PActive[0]
		for q, curve := range f.Need() {
			o.need[q] = curve[0]
		}
	}
	return o
}
