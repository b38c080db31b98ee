package method

import (
	"errors"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// The names of the model, of its parts and of its ablations.
const (
	GapHazard    = "own gap hazard"
	NotAdapted   = "LSTM not adapted"
	LSTMAlone    = "LSTM without forest"
	ForestsAlone = "forest alone"
	ForestsOnAll = "forest on all columns"
	WithoutLSTM  = "without the LSTM"
	Full         = "full"
)

// Model is a trained model, and models of the same training without some of its
// parts.
type Model struct {
	Full      *forecast.Predictor
	Ablations []Ablation
}

// Ablation is a model that was trained without some parts. Only its final
// forecast is scored.
type Ablation struct {
	Name string
	*forecast.Predictor
}

// Parts returns the names of what Forecasts returns, in the same order: the parts,
// the ablations and, last, the full model.
func (m Model) Parts() []string {
	names := []string{GapHazard, NotAdapted, LSTMAlone}
	for _, a := range m.Ablations {
		names = append(names, a.Name)
	}
	return append(names, Full)
}

// Forecasts returns, for each of Parts, the forecast at every origin. Need may be
// called for the first horizons only, since the need is the costly part of a
// forecast. A window that cannot be forecast is an error.
func (m Model) Forecasts(origins []Origin, horizons int) ([][]Forecast, error) {
	windows := make([]event.FunctionWindow, len(origins))
	for i, o := range origins {
		windows[i] = o.Window
	}
	// One pass gives the final forecast and the curves of all parts.
	curves, full, err := final(m.Full, windows, horizons)
	if err != nil {
		return nil, err
	}
	all := make([][]Forecast, 3)
	for i := range windows {
		w := &windows[i]
		all[0] = append(all[0], fromCurve(w, &curves[i].Renewal))
		all[1] = append(all[1], fromCurve(w, &curves[i].Plain))
		all[2] = append(all[2], fromCurve(w, &curves[i].Network))
	}
	for _, a := range m.Ablations {
		_, forecasts, err := final(a.Predictor, windows, horizons)
		if err != nil {
			return nil, err
		}
		all = append(all, forecasts)
	}
	return append(all, full), nil
}

// fromCurve returns the forecast of a part that predicts the probability of a
// call only. The cold starts follow from it if steps are independent.
func fromCurve(w *event.FunctionWindow, curve *[feature.Horizons]float32) Forecast {
	return Forecast{Active: *curve, Cold: forecast.ExpectedCold(curve[:], w.Counts), activeNeeds: activeNeeds(w)}
}

// final returns the forecast of a whole model for each window, and the curves of
// its parts.
func final(p *forecast.Predictor, windows []event.FunctionWindow, horizons int) ([]forecast.Curves, []Forecast, error) {
	curves := make([]forecast.Curves, len(windows))
	if err := errors.Join(p.Parts(curves, windows)...); err != nil {
		return nil, nil, err
	}
	events := make([]event.Forecast, len(windows))
	p.ForecastHorizons(events, windows, horizons) // Parts has returned the errors
	forecasts := make([]Forecast, len(windows))
	for i := range forecasts {
		need := events[i].Need()
		forecasts[i] = Forecast{Active: curves[i].Final, Cold: curves[i].Cold, quantiles: func(t int) (q [levels]int32) {
			for k := range q {
				q[k] = need[k][t-1]
			}
			return q
		}}
	}
	return curves, forecasts, nil
}
