package simulate

import (
	"context"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Forecaster writes the forecast of the next horizons steps of windows[i] to
// dst[i]; forecast.Predictor is one.
type Forecaster interface {
	ForecastHorizons(dst []event.Forecast, windows []event.FunctionWindow, horizons int) []error
}

// Outlook holds a forecast of the next minute for each function and minute of a
// workload, made from the minutes before it. Policies of different cost ratios
// share one, since a forecast does not depend on the ratio and takes most of the
// time of a simulation. It is not changed once made.
type Outlook struct {
	workload *Workload
	minutes  [][]outlook // minute, function
}

// outlook is the first horizon of a forecast, and what it observed before the recent
// minutes. The policy uses no other horizon, since the steps are minutes and replicas are
// ready at once.
type outlook struct {
	noData   string // why there is no forecast, "" if there is one
	never    bool   // there was no call yet, so the model was not asked
	pActive  event.Prob
	need     [len(event.Quantiles)]int32 // by quantile
	evidence int32
	earlier  []event.Occurrence // nil for most
}

// neverCalled is the reason if a function has no forecast because it was not
// called yet.
const neverCalled = "no call was seen yet"

// NewOutlook forecasts every minute of w with model, on all processors, and
// calls tick after each. It ends early with the error of ctx.
func NewOutlook(ctx context.Context, w *Workload, model Forecaster, tick func()) (*Outlook, error) {
	n := len(w.Functions)
	b := &outlookBuilder{
		workload: w, model: model, busy: busySeconds(w), called: make([]bool, n),
		windows: make([]event.FunctionWindow, 0, n), functions: make([]int, 0, n), forecasts: make([]event.Forecast, n),
	}
	o := &Outlook{workload: w, minutes: make([][]outlook, w.Minutes)}
	for m := range w.Minutes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o.minutes[m] = b.minute(m)
		tick()
	}
	return o, nil
}

// busySeconds returns the seconds that the calls of each function and minute take.
func busySeconds(w *Workload) [][]float32 {
	busy := make([][]float32, len(w.Functions))
	for f, counts := range w.counts {
		busy[f] = make([]float32, len(counts))
		for m, c := range counts {
			busy[f][m] = float32(max(0, c)) * float32(w.Functions[f].Duration)
		}
	}
	return busy
}

// outlookBuilder makes an outlook minute by minute, and reuses its memory for each.
type outlookBuilder struct {
	workload  *Workload
	model     Forecaster
	busy      [][]float32            // function, minute
	called    []bool                 // by function: it was called before
	windows   []event.FunctionWindow // of the functions that were called
	functions []int                  // the function of each window
	forecasts []event.Forecast
}

// minute returns the forecasts of minute m, by function.
func (b *outlookBuilder) minute(m int) []outlook {
	out := make([]outlook, len(b.workload.Functions))
	b.windows, b.functions = b.windows[:0], b.functions[:0]
	h := History{b.workload, m}
	for f := range out {
		b.called[f] = b.called[f] || m > 0 && b.workload.counts[f][m-1] > 0
		if !b.called[f] {
			out[f] = outlook{noData: neverCalled, never: true}
			continue
		}
		b.windows, b.functions = append(b.windows, h.window(f, b.busy[f])), append(b.functions, f)
	}
	b.model.ForecastHorizons(b.forecasts, b.windows, 1) // a failed forecast contains its reason
	for i, f := range b.functions {
		out[f] = shorten(&b.forecasts[i])
	}
	return out
}

// window returns the message that the collector would have sent for function f at
// the end of the last minute, with series.MaxSteps steps of history at most.
func (h History) window(f int, busy []float32) event.FunctionWindow {
	first := max(0, h.minute-series.MaxSteps)
	return event.FunctionWindow{
		Function: h.Function(f).Name, Concurrency: float64(h.Concurrency()),
		Window: series.Window{
			StepSeconds: stepSeconds, Start: int64(h.workload.Start+first) * stepSeconds,
			Counts: h.Counts(f)[first:], BusySeconds: busy[first:h.minute:h.minute],
		},
	}
}

// shorten returns the part of a forecast that the policy uses. The probability is
// rounded as in a message, so that the decisions are those of the scaler.
func shorten(f *event.Forecast) outlook {
	o := outlook{noData: f.NoData, evidence: int32(f.Evidence), earlier: slices.Clone(f.Earlier)}
	if f.NoData == "" {
		o.pActive = f.PActive[0].Rounded()
		for q, curve := range f.Need() {
			o.need[q] = curve[0]
		}
	}
	return o
}
