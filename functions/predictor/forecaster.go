package predictor

import (
	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/hourly"
)

// forecaster combines two models. The minute model makes the forecasts. The hourly
// model replaces their expected cold starts if a window has a length that it reads: on
// three to six hours its error is smaller than that of the minute model, on a day it is
// larger.
type forecaster struct {
	*forecast.Predictor
	hours *hourly.Predictor
}

// remembered is the number of windows whose network outputs are kept, 10 MB with those before
// them. In one tick, functions with one call at the same step an hour ago or less are equal for
// the network, and timers look the same an hour later.
const remembered = 4096

// loadForecaster returns the forecaster with the embedded weights.
func loadForecaster() (*forecaster, error) {
	minutes, err := models.Load()
	if err != nil {
		return nil, err
	}
	minutes.Remember(remembered)
	hours, err := models.LoadHourly()
	if err != nil {
		return nil, err
	}
	return &forecaster{minutes, hours}, nil
}

// Version names both models.
func (f *forecaster) Version() string { return f.Predictor.Version() + "+" + f.hours.Version() }

// Forecast implements Forecaster.
func (f *forecaster) Forecast(dst []event.Forecast, windows []event.FunctionWindow) []error {
	errs := f.Predictor.Forecast(dst, windows)
	for i := range windows {
		// NoData stays NoData: the hourly model must not give evidence that the
		// minute model denies.
		n := len(windows[i].Counts)
		if dst[i].NoData != "" || n < hourly.MinHours*hourly.Hour || n > hourly.MaxHours*hourly.Hour {
			continue
		}
		// After an error the value of the minute model stands, which is always
		// there.
		if expected, err := f.hours.Function(windows[i].Window); err == nil {
			dst[i].ExpectedCold = expected.Refined
		}
	}
	return errs
}
