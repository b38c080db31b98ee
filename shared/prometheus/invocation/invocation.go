// Package invocation measures the calls that OpenFaaS gateways served, from their
// counters in a Prometheus store: how many began in each step, how many were in progress
// during it, how many were in flight at the end. A measurement survives restarts of a
// gateway, new gateways, and a running gateway that the store scrapes under a new name.
//
// Time is read in chunks, one after the other, and a chunk in slices as large as the
// store answers. A State holds the counters between two chunks:
//
//	c := state.Begin(grid, settle, names)
//	for c.At() < now { err := c.Read(ctx, store, min(c.At()+slice, now)) }
//	functions := c.Functions(fresh)
//	state = c.Settle(keep)
//
// Reader makes the slices. A step is known only if it is covered: each gateway that
// existed in it was scraped before its begin and after its end. Each Function states the
// Quality of its steps. The size of chunks and slices does not change the counts.
//
// The files, in the order of a reading:
//
//	reader.go     slices as large as the store answers
//	chunk.go      what is kept of a chunk, and the state after it
//	slice.go      the queries of one slice
//	target.go     gateways as the store scrapes them
//	process.go    restarts, new gateways, and new names of running ones
//	duplicate.go  gateways that are scraped twice
//	deployed.go   the steps in which a function existed
//	function.go   what is counted of one function
//	count.go      the calls that the increments of a counter add to the steps
//	flight.go     the calls in progress at the scrapes
//	lost.go       times of which calls are in no sample
//	cover.go      which steps the scrapes cover
//	agree.go      what the metrics of one function say together
//	live.go       whether the scrape that completes a step is visible
//	cluster.go    several clusters in one store
package invocation

import (
	"context"
	"time"

	prom "prewarm/shared/prometheus"
)

// Metrics of the gateway. The counters of a function do not exist before its first
// call. The gauge Deployed exists as long as the function is deployed. It distinguishes
// a step without calls from a step without data.
const (
	Deployed = "gateway_service_count"
	Started  = "gateway_function_invocation_started"
	Ended    = "gateway_function_invocation_total"
	Seconds  = "gateway_functions_seconds_sum"
	Process  = "process_start_time_seconds" // when the process of the gateway started
	Up       = "up"                         // 1 for a scrape that succeeded, 0 for one that failed
)

// Store passes the series of a metric to take, one by one, with their samples in (from,
// to] rising in time, as prom.Client does. After an error, what was passed is void.
type Store interface {
	Each(ctx context.Context, metric string, matchers []prom.Matcher, from, to time.Time, take func(prom.Series) error) error
}

// Quality states how a step was measured, from bad to good.
type Quality uint8

const (
	// Unknown: nothing was measured. The function was not seen to be deployed, or no
	// scrapes of a gateway that existed cover any part of the step.
	Unknown Quality = iota
	// AtLeast: a part of the step was not measured. The count is a lower bound.
	AtLeast
	// Spread: the samples around the step are further apart than a step. What lies
	// between them is divided evenly.
	Spread
	// Known: scrapes cover the whole step, and are no further apart than a step.
	Known
)

// Function is what was measured of one function in a chunk. Each slice has one value per
// step of the grid.
type Function struct {
	Calls, Errors []float64 // calls that began, and that were answered with 5xx
	Busy          []float64 // seconds, sum of the durations of the calls that ended
	Running       []float64 // calls in progress on average, NaN if not measured
	Peak          []float64 // most calls in progress at a scrape in the step, NaN if not measured
	Quality       []Quality
	InFlight      int    // calls in progress at the last scrapes, -1 if unknown
	Note          string // which metric is missing or wrong and what was done, "" if none is
}

// key identifies one counter.
type key struct{ metric, label, code, target string }

// State is the state of all counters at one time. It is immutable: reading on returns
// a new one. The zero State knows no counter and no target.
type State struct {
	counters   map[key]prom.Counter
	targets    map[string]target // those that count
	duplicates map[string]target
	names      Names            // whose counters were read
	seen       map[string]bool  // metrics of which the store had a series
	deployed   map[string]int64 // by function: the latest time at which it was seen to exist
	flights    map[place]flying // calls in progress at the latest scrapes, without places that have none
}

// Targets returns the number of known targets.
func (s State) Targets() int { return len(s.targets) }

// Counters returns the number of known counters.
func (s State) Counters() int { return len(s.counters) }
