package event

import "prewarm/shared/series"

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

// Observation is what was measured of one function in the steps before the origin of a
// forecast.
type Observation struct {
	// Recent is the need of each of the last steps before the origin, oldest first;
	// series.NoData if it is unknown.
	Recent []int32 `json:"recent"`
	// RecentLoad is the load of the same steps, before it is rounded up to a need. It
	// has the length of Recent, or is empty if the loads are unknown.
	RecentLoad []Load `json:"recent_load,omitempty"`
	// LoadRate converts a load into a rate: the calls per second that keep one replica
	// busy by Little's law, concurrency / duration, or as the owner of the function states
	// it. It is 0 if there is no statement and the duration of the calls is unknown.
	LoadRate float64 `json:"load_rate,omitempty"`
	// Capacity is the result of a load test, or the rate that the owner states; nil if there
	// is neither. The Model of a statement is CarriesBy, and loads and needs rest on it.
	Capacity *Capacity `json:"capacity,omitempty"`
	InFlight int       `json:"in_flight"`        // calls started and not yet ended, -1 if unknown
	Peak     int       `json:"peak,omitempty"`   // most calls in progress at a scrape within the last step, -1 if unknown
	Note     string    `json:"note,omitempty"`   // of FunctionWindow
	Queued   int       `json:"queued,omitempty"` // of FunctionWindow
	// Concurrency is the calls that one replica serves at a time, 0 in old messages.
	Concurrency float64 `json:"concurrency,omitempty"`
	CarriesBy   string  `json:"carries_by,omitempty"` // of FunctionWindow
	// Provisional is true if a part of the last step was not measured: its need is a
	// lower bound. Nothing is scaled in on it.
	Provisional bool `json:"provisional,omitempty"`
	// Estimated holds the steps of Recent that were not measured one by one: those of
	// Window.Spread and Window.AtLeast. Nothing is scored on them.
	Estimated []series.Span `json:"estimated,omitempty"`
	// Earlier holds active steps before Recent, oldest first, if Recent alone has few.
	Earlier []Occurrence `json:"earlier,omitempty"`
}

// Occurrence is an active step before those of Observation.Recent.
type Occurrence struct {
	Ago  int   `json:"ago"`  // steps from its begin to the origin
	Need int32 `json:"need"` // replicas
	Load Load  `json:"load"`
}

// Need returns the quantile curves in the order of Quantiles.
func (f *Forecast) Need() [4][]int32 {
	return [4][]int32{f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99}
}
