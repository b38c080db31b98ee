package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
)

// Curves are the probabilities of activity per horizon that the parts of a
// model state for one window, for comparison of the parts.
type Curves struct {
	Plain   [feature.Horizons]float32 // the LSTM alone, as trained
	Network [feature.Horizons]float32 // the LSTM alone, adapted to the function
	Renewal [feature.Horizons]float32 // the function's own gaps, smoothed by the pooled ones
	Refiner [feature.Horizons]float32 // the forest, not calibrated
	Dense   [feature.Horizons]float32 // the dense network, not calibrated
	Final   [feature.Horizons]float32 // what Forecast states
	Cold    float64                   // expected cold starts, what Forecast states
}

// Parts writes the curves of windows[i] to dst[i], on all processors. Errors
// are as those of Forecast; the curves of a window with an error are zero.
func (p *Predictor) Parts(dst []Curves, windows []event.FunctionWindow) []error {
	dst = dst[:len(windows)]
	errs := make([]error, len(windows))
	p.parallel(len(windows), func(s *scratch, from, to int) {
		s.horizons = feature.Horizons
		p.parts(s, dst[from:to], errs[from:to], windows[from:to])
	})
	return errs
}

func (p *Predictor) parts(s *scratch, dst []Curves, errs []error, windows []event.FunctionWindow) {
	s.windows = s.windows[:0]
	for i := range windows {
		if errs[i] = admit(&windows[i]); errs[i] == nil {
			s.windows = append(s.windows, windows[i].Tail(feature.MaxHistory))
		}
	}
	p.runNetwork(s)
	row := 0
	for i := range dst {
		dst[i] = Curves{}
		if errs[i] != nil {
			continue
		}
		activityTo(dst[i].Plain[:], s.outputs(row))
		p.refine(s, row)
		dst[i] = Curves{Plain: dst[i].Plain, Network: s.network, Renewal: s.renewal, Final: s.final}
		activityTo(dst[i].Refiner[:], s.refiner[:])
		activityTo(dst[i].Dense[:], s.denseSays[:])
		dst[i].Cold = p.expectedCold(s, row)
		row++
	}
}
