package event

import "prewarm/shared/series"

// Windows is the payload of TypeWindows. All windows end at the envelope's step. Sealed
// windows are sparse; both forms can be read.
type Windows struct {
	Windows []FunctionWindow `json:"windows"`
}

// FunctionWindow is what the collector measured of one function.
type FunctionWindow struct {
	Function string `json:"function"` // name.namespace
	series.Window
	InFlight int `json:"in_flight"` // calls started and not yet ended, -1 if unknown
	// Peak is the most calls in progress at a scrape within the last step, -1 if unknown.
	// Between two scrapes there may have been more.
	Peak int `json:"peak,omitempty"`
	// Note tells how the window was measured, if not from all metrics of the gateway, or
	// why it was not. It names the metric, and is empty otherwise.
	Note string `json:"note,omitempty"`
	// Queued is the number of asynchronous calls that wait in a queue which serves this
	// function alone, 0 if there are none or it is unknown.
	Queued      int     `json:"queued,omitempty"`
	Concurrency float64 `json:"concurrency"` // calls that one replica serves at a time
	// CallsPerReplica is the calls per second that one replica carries, as the owner of the
	// function states it; 0 if nobody states it.
	CallsPerReplica float64 `json:"calls_per_replica,omitempty"`
	// CarriesBy names the label or variable that Concurrency or CallsPerReplica comes from.
	// It is empty if Concurrency is the annotation of prewarm or the default.
	CarriesBy string `json:"carries_by,omitempty"`
	// ReplicaModel names the replica model that the function asks for. If it is empty,
	// the model applies that was measured on the function, if there is one.
	ReplicaModel string `json:"replica_model,omitempty"`
}

// MinConcurrency and MaxConcurrency bound the calls that one replica serves at a time.
// Below 1, a call occupies more than one replica.
const (
	MinConcurrency = 0.01
	MaxConcurrency = 1e6
)
