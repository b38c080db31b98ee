// Package hourly scores the hourly model's forecasts of the cold starts of the
// next hour, beside baselines that see the same history. Score does so on
// functions, from the last three hours; ScoreRegion on the series of a region.
package hourly

import (
	"errors"
	"fmt"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/trace"
)

// The names of the hourly model, of its parts, and of the model by the minute.
const (
	Renewal = "renewal of own and pooled gaps"
	Plain   = "hourly LSTM not adapted"
	Adapted = "hourly LSTM adapted"
	Refined = "hourly model"
	Present = "per-minute model, same window"
)

// LookBack is the number of minutes before an origin that every method sees.
const LookBack = hourly.MinHours * hourly.Hour

// Part is a set of functions of one trace, and the models that score them. The
// models must not have been trained on these functions.
type Part struct {
	Trace     *trace.Trace
	Functions []trace.Function
	Model     *hourly.Predictor
	Present   *forecast.Predictor // model by the minute for comparison, nil for none
}

// Score scores all parts together, with an origin every stride minutes. Either all
// parts have a Present model or none has: every method must be scored on the same
// hours. If no hour of any function is known, that is an error.
func Score(parts []Part, stride int) (*FunctionErrors, error) {
	e := &FunctionErrors{}
	for _, p := range parts {
		for _, f := range p.Functions {
			e.begin(metric.RateClassOf(f.Counts), !metric.Dense(f.Counts))
			for _, o := range method.Origins(p.Trace, f, stride) {
				if err := e.addOrigin(p, o); err != nil {
					return nil, fmt.Errorf("function %s, minute %d: %w", f.Name, o.Minute, err)
				}
			}
		}
	}
	if len(e.methods) == 0 {
		return nil, errors.New("no hour of the functions is known as a whole")
	}
	return e, nil
}

// addOrigin adds the errors of all methods at one origin. An origin is left out if
// its next hour is not known as a whole or its history is too short. The window is
// cut to LookBack for the baselines as well: with a day of history they would not
// be compared with what the hourly model is for.
func (e *FunctionErrors) addOrigin(p Part, o method.Origin) error {
	o.Window.Window = o.Window.Tail(LookBack)
	observed, known := forecast.ColdStarts(o.Window.Counts, o.Future)
	// Decided before any method forecasts, so that all methods have the same hours.
	if !known || len(o.Window.Counts) < LookBack {
		return nil
	}
	for _, b := range method.Baselines() {
		if !b.NeedOnly {
			e.add(b.Name, b.Forecast(&o.Window).Cold, observed)
		}
	}
	if p.Present != nil {
		forecasts, err := method.Model{Full: p.Present}.Forecasts([]method.Origin{o}, 1)
		if err != nil {
			return err
		}
		// The first of method.Parts is the gap hazard, the last the full model.
		e.add(method.GapHazard, forecasts[0][0].Cold, observed)
		e.add(Present, forecasts[len(forecasts)-1][0].Cold, observed)
	}
	expected, err := p.Model.Function(o.Window.Window)
	if err != nil {
		return err
	}
	e.add(Renewal, expected.Renewal, observed)
	e.add(Plain, expected.Plain, observed)
	e.add(Adapted, expected.Adapted, observed)
	e.add(Refined, expected.Refined, observed)
	return nil
}
