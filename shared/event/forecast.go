package event

// Horizons is the number of steps that a forecast covers.
const Horizons = 60

// Quantiles are the levels of the quantiles of the need in a forecast.
var Quantiles = [4]float64{0.5, 0.9, 0.95, 0.99}

// Forecasts is the payload of TypeForecasts.
type Forecasts struct {
	Model     string     `json:"model"` // version of the model that made them
	Forecasts []Forecast `json:"forecasts"`
}

// Forecast is what the predictor expects of one function, made from data before Origin
// alone. Index h-1 of a horizon slice is the horizon h: the step that begins h-1 steps
// after Origin.
type Forecast struct {
	Function    string  `json:"function"`     // name.namespace
	Origin      int64   `json:"origin"`       // Unix seconds, begin of the first forecast step
	StepSeconds int     `json:"step_seconds"` // length of a step
	PActive     []Prob  `json:"p_active"`     // probability of at least one call in the step
	NeedQ50     []int32 `json:"need_q50"`     // quantiles of the need of the step, in replicas
	NeedQ90     []int32 `json:"need_q90"`
	NeedQ95     []int32 `json:"need_q95"`
	NeedQ99     []int32 `json:"need_q99"`
	// ExpectedCold is the expected number of cold starts within the next hour of steps,
	// under a keep-alive of ten steps.
	ExpectedCold float64 `json:"expected_cold"`
	// NoData is the reason why there is no forecast; the slices above are empty then.
	NoData string `json:"no_data,omitempty"`
	// Observation is what the forecast starts from: measurements, not predictions.
	// Its fields stand beside those of the forecast in the message.
	Observation
	Evidence int `json:"evidence"` // number of active steps that the forecast rests on
}

// Need returns the quantile curves in the order of Quantiles.
func (f *Forecast) Need() [4][]int32 {
	return [4][]int32{f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99}
}
