// Package event holds the messages of the chain: windows of the collector,
// forecasts of the predictor, decisions of the scaler. They travel in a signed
// Envelope; see Seal and Open.
package event

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"prewarm/shared/series"
)

// Types of envelope, which are also the subjects that carry them.
const (
	TypeWindows   = "prewarm.windows"
	TypeForecasts = "prewarm.forecasts"
	TypeDecisions = "prewarm.decisions"
)

// Horizons is the number of steps that a forecast looks ahead.
const Horizons = 60

// Quantiles are the levels of the need that a forecast states.
var Quantiles = [4]float64{0.5, 0.9, 0.95, 0.99}

// MaxBatch bounds the functions in one message, which keeps it below the
// default message limit of NATS (1 MiB).
const MaxBatch = 200

// functionName is the form of the gateway's metric label: name.namespace.
var functionName = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9])?\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// CheckFunction reports whether name has the form name.namespace.
func CheckFunction(name string) error {
	if !functionName.MatchString(name) {
		return fmt.Errorf("function must have the form name.namespace, was: %.140q", name)
	}
	return nil
}

// FunctionWindow is what the collector knows of one function.
type FunctionWindow struct {
	Function string `json:"function"` // name.namespace
	series.Window
	InFlight    int     `json:"in_flight"`   // calls started and not ended, -1 where unknown
	Concurrency float64 `json:"concurrency"` // calls that one replica serves at a time
	// ReplicaModel names the replica model that the function asks for, empty for
	// the one that was measured on it, if any.
	ReplicaModel string `json:"replica_model,omitempty"`
}

// Windows is the payload of TypeWindows. All windows end at the envelope's step.
type Windows struct {
	Windows []FunctionWindow `json:"windows"`
}

// Forecast is what the predictor expects of one function. Index h-1 of a
// horizon slice speaks of the step that begins h-1 steps after Origin; all of
// it is made from data before Origin.
type Forecast struct {
	Function    string  `json:"function"`     // name.namespace
	Origin      int64   `json:"origin"`       // Unix seconds, begin of the first forecast step
	StepSeconds int     `json:"step_seconds"` // length of a step
	PActive     []Prob  `json:"p_active"`     // probability of at least one call in the step
	NeedQ50     []int32 `json:"need_q50"`     // quantiles of the needed replicas in the step
	NeedQ90     []int32 `json:"need_q90"`
	NeedQ95     []int32 `json:"need_q95"`
	NeedQ99     []int32 `json:"need_q99"`
	// ExpectedCold is the expected number of cold starts within the next hour
	// of steps under a keep-alive of ten steps.
	ExpectedCold float64 `json:"expected_cold"`
	// NoData says why there is no forecast; the slices above are empty then.
	NoData string `json:"no_data,omitempty"`
	// Observation is what the forecast starts from: measurements, not predictions.
	// Its fields stand beside those of the forecast in the message.
	Observation
	Evidence int `json:"evidence"` // number of active steps that the forecast rests on
}

// Observation is what was measured of one function in the steps before the
// origin of a forecast.
type Observation struct {
	// Recent is the need of each of the last steps before the origin, oldest
	// first; series.NoData if it is unknown.
	Recent []int32 `json:"recent"`
	// RecentLoad is the load of the same steps, before it is rounded up to a need.
	// It has the length of Recent, or is empty if the loads are unknown.
	RecentLoad []Load `json:"recent_load,omitempty"`
	// LoadRate converts a load into a rate: the calls per second that keep one
	// replica busy by Little's law, concurrency / duration. It is 0 if the duration
	// of the calls is unknown.
	LoadRate float64 `json:"load_rate,omitempty"`
	// Capacity is the result of a load test, nil if there is none.
	Capacity *Capacity `json:"capacity,omitempty"`
	InFlight int       `json:"in_flight"` // calls started and not yet ended, -1 if unknown
}

// Need returns the quantile curves in the order of Quantiles.
func (f *Forecast) Need() [4][]int32 {
	return [4][]int32{f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99}
}

// Forecasts is the payload of TypeForecasts.
type Forecasts struct {
	Model     string     `json:"model"` // version of the model that made them
	Forecasts []Forecast `json:"forecasts"`
}

// MinConcurrency and MaxConcurrency bound the calls that one replica is said to
// serve at a time.
const (
	MinConcurrency = 0.01
	MaxConcurrency = 1e6
)

// Inputs are the numbers that a decision rests on.
type Inputs struct {
	CostRatio         float64 `json:"cost_ratio"`
	LookaheadSteps    int     `json:"lookahead_steps"`
	ReadinessSeconds  float64 `json:"readiness_seconds"`  // P90 of the start time
	ReadinessMeasured bool    `json:"readiness_measured"` // otherwise it is assumed
	PActive           float64 `json:"p_active"`           // chance of a call within the lookahead
	PMore             float64 `json:"p_more"`             // chance that more than Wanted are needed within it
	RecentNeed        int32   `json:"recent_need"`        // need of the last known step
	InFlight          int     `json:"in_flight"`
	Min               int     `json:"min"`
	Max               int     `json:"max"`
	ExpectedCold      float64 `json:"expected_cold"`
	// CallsPerReplica is the calls per second that each of the replicas carries,
	// 0 where it is unknown, and CapacityModel the replica model that says so,
	// empty where Little's law does.
	CallsPerReplica float64 `json:"calls_per_replica"`
	CapacityModel   string  `json:"capacity_model"`
}

// Decision is what the scaler decided for one function at one step.
type Decision struct {
	Function  string    `json:"function"` // name.namespace
	Step      int64     `json:"step"`     // Unix seconds, origin of the forecast
	Time      time.Time `json:"time"`     // when it was made
	Mode      string    `json:"mode"`     // off, observe or active
	Actuator  string    `json:"actuator"` // who sets the replicas: gateway, hpa or keda
	Direction string    `json:"direction"`
	Current   int       `json:"current"`   // replicas desired before
	Available int       `json:"available"` // replicas ready before
	Wanted    int       `json:"wanted"`    // replicas that the policy wants
	Applied   int       `json:"applied"`   // replicas that the gateway was told, -1 where nothing was told
	Observed  int       `json:"observed"`  // replicas that the gateway reported afterwards, -1 where not read
	Reason    string    `json:"reason"`
	Model     string    `json:"model"`
	Inputs    Inputs    `json:"inputs"`
}

// Decisions is the payload of TypeDecisions.
type Decisions struct {
	Decisions []Decision `json:"decisions"`
}

// Prob is a probability that is written with four decimals, which keeps a
// batch of forecasts small.
type Prob float32

// MarshalJSON rounds to four decimals, and never to a certainty that p is not.
func (p Prob) MarshalJSON() ([]byte, error) {
	if v := float64(p); math.IsNaN(v) || v < 0 || v > 1 {
		return nil, fmt.Errorf("a probability must be between 0 and 1, was: %v", v)
	}
	return appendProb(nil, p), nil
}
