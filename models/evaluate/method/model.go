package method

import (
	"errors"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// The names of the model and its parts.
const (
	GapHazard    = "own gap hazard"
	NotAdapted   = "LSTM not adapted"
	LSTMAlone    = "LSTM without forest"
	ForestsAlone = "forest alone"
	ForestsOnAll = "forest on all columns"
	WithoutLSTM  = "without the LSTM"
	Full         = "full"
)

// Model is a trained model, and the same training without some of its parts.
type Model struct {
	Full *forecast.Predictor
	Less []Variant
}

// Variant is a model that is scored by what it states as a whole.
type Variant struct {
	Name string
	*forecast.Predictor
}

// Parts returns what the statements of Statements are by: the parts, and the
// full model last.
func (m Model) Parts() []string {
	names := []string{GapHazard, NotAdapted, LSTMAlone}
	for _, o := range m.Less {
		names = append(names, o.Name)
	}
	return append(names, Full)
}

// Statements returns what each of Parts says at every origin. Its Need speaks
// of the first horizons only.
func (m Model) Statements(all []Origin, horizons int) ([][]Statement, error) {
	windows := make([]event.FunctionWindow, len(all))
	for i, o := range all {
		windows[i] = o.Window
	}
	curves := make([]forecast.Curves, len(all))
	if err := errors.Join(m.Full.Parts(curves, windows)...); err != nil {
		return nil, err
	}
	said := make([][]Statement, 3)
	for i, o := range all {
		w := &o.Window
		said[0] = append(said[0], fromCurve(w, &curves[i].Renewal))
		said[1] = append(said[1], fromCurve(w, &curves[i].Plain))
		said[2] = append(said[2], fromCurve(w, &curves[i].Network))
	}
	for _, o := range m.Less {
		own := make([]forecast.Curves, len(all))
		if err := errors.Join(o.Parts(own, windows)...); err != nil {
			return nil, err
		}
		said = append(said, final(o.Predictor, own, windows, horizons))
	}
	return append(said, final(m.Full, curves, windows, horizons)), nil
}

// fromCurve states a curve, and the cold starts that follow from it if steps
// are independent.
func fromCurve(w *event.FunctionWindow, curve *[feature.Horizons]float32) Statement {
	return Statement{Active: *curve, Cold: forecast.ExpectedCold(curve[:], w.Counts), needs: activeNeeds(w)}
}

// final returns what the model as a whole says.
func final(p *forecast.Predictor, curves []forecast.Curves, windows []event.FunctionWindow, horizons int) []Statement {
	forecasts := make([]event.Forecast, len(windows))
	p.ForecastHorizons(forecasts, windows, horizons) // Parts has taken the windows
	said := make([]Statement, len(windows))
	for i := range said {
		need := forecasts[i].Need()
		said[i] = Statement{Active: curves[i].Final, Cold: curves[i].Cold, own: func(t int) (q [levels]int32) {
			for k := range q {
				q[k] = need[k][t-1]
			}
			return q
		}}
	}
	return said
}
