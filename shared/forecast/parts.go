package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
)

// Curves are the probabilities of a call per horizon that each part of a model
// predicts for one window. They serve to compare the parts.
type Curves struct {
	Plain   [feature.Horizons]float32 // the LSTM alone, as trained
	Network [feature.Horizons]float32 // the LSTM alone, adapted to the function
	Renewal [feature.Horizons]float32 // the function's own gaps, smoothed by the pooled ones
	Refiner [feature.Horizons]float32 // the forest, not calibrated
	Dense   [feature.Horizons]float32 // the dense network, not calibrated
	Final   [feature.Horizons]float32 // the forecast, as from Forecast
	Cold    float64                   // expected cold starts, as from Forecast
}

// Parts writes the curves of windows[i] to dst[i], on all processors. It returns
// one error per window, as Forecast does; the curves of a window with an error are
// zero.
func (p *Predictor) Parts(dst []Curves, windows []event.FunctionWindow) []error {
	dst = dst[:len(windows)]
	errs := make([]error, len(windows))
	p.parallel(len(windows), func(s *scratch, from, to int) {
		s.horizons = feature.Horizons
		s.use(nil) // a memory has adapted outputs only
		p.parts(s, dst[from:to], errs[from:to], windows[from:to])
	})
	return errs
}

// parts writes the curves of one batch.
func (p *Predictor) parts(s *scratch, dst []Curves, errs []error, windows []event.FunctionWindow) {
	p.load(s, errs, windows)
	window := 0
	for i := range dst {
		dst[i] = Curves{}
		if errs[i] != nil {
			continue
		}
		activityTo(dst[i].Plain[:], s.outputs(window)) // refine adapts the outputs in place
		p.refine(s, window)
		dst[i].Network, dst[i].Renewal, dst[i].Final = s.network, s.renewal, s.outlook.final
		activityTo(dst[i].Refiner[:], s.refiner[:])
		activityTo(dst[i].Dense[:], s.dense[:])
		dst[i].Cold = s.outlook.cold
		window++
	}
}
