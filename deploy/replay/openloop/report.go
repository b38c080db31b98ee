package openloop

import (
	"fmt"
	"time"
)

// Report holds the measurements of a run. Times are in seconds on the clock.
type Report struct {
	Gateway       string  `json:"gateway"`
	Attribution   string  `json:"attribution,omitempty"` // of the trace
	Started       string  `json:"started"`               // RFC 3339
	WallSeconds   float64 `json:"wall_seconds"`
	Speed         float64 `json:"speed"`
	From          int     `json:"from_minute"`
	Minutes       int     `json:"minutes"` // of the plan, also after an interrupt
	Seed          uint64  `json:"seed"`
	Interrupted   bool    `json:"interrupted"`
	MetricsError  string  `json:"metrics_error,omitempty"`
	WorkScale     float64 `json:"work_scale"`
	MaxInFlight   int     `json:"max_in_flight"`
	TraceLayout   string  `json:"trace_layout"`
	FunctionCount int     `json:"function_count"`

	Total     FunctionReport   `json:"total"`
	Functions []FunctionReport `json:"functions"`
}

// Err returns an error if calls were due and none was answered with 2xx.
// A run without any call due is not an error: the minutes of the trace may be empty.
func (r *Report) Err() error {
	t := r.Total
	if t.Calls > t.Errors || t.Calls+t.Dropped == 0 {
		return nil
	}
	return fmt.Errorf("no call to %s was answered with 2xx, of %d sent (%s) and %d dropped", r.Gateway, t.Calls, t.statusText(), t.Dropped)
}

// FunctionReport holds the measurements of one function, or of all.
type FunctionReport struct {
	Function      string           `json:"function"`                 // as deployed
	TraceFunction string           `json:"trace_function,omitempty"` // in the trace
	Calls         int64            `json:"calls"`                    // sent
	Errors        int64            `json:"errors"`                   // calls that were not answered with 2xx
	Dropped       int64            `json:"dropped"`                  // not sent: too many calls were in progress
	Status        map[string]int64 `json:"status"`                   // calls by HTTP status or failure
	Warm          int64            `json:"warm"`                     // calls that did not wait for a replica, according to the gateway
	Cold          int64            `json:"cold"`                     // calls that waited for a replica, according to the gateway
	ColdWait      float64          `json:"cold_wait_seconds"`        // sum of their waits

	// Latency begins when a call was due, SendLatency when it was sent. Both end with
	// the last byte of the answer or with the failure. Failed calls are included.
	Latency     Latencies `json:"latency"`
	SendLatency Latencies `json:"send_latency"`

	Usage *Usage `json:"usage"` // null if the gateway does not measure it
}

// Latencies are the latencies of all calls, of the warm ones and of the cold ones; null
// if there are none.
type Latencies struct {
	All  *Latency `json:"all"`
	Warm *Latency `json:"warm"`
	Cold *Latency `json:"cold"`
}

// Latency describes the latencies of some calls, in seconds. Percentiles are nearest
// ranks.
type Latency struct {
	Calls int64   `json:"calls"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// Usage is the growth of the gateway's counters over the run.
type Usage struct {
	ColdStarts   float64 `json:"cold_starts"`
	ReadySeconds float64 `json:"replica_seconds_ready"`
	BusySeconds  float64 `json:"replica_seconds_busy"`
	IdleSeconds  float64 `json:"replica_seconds_idle"` // ready and not busy
}

// report makes the report of a run. It has no usage if one of the scrapes has failed.
func (r *run) report(wall time.Duration, interrupted bool, before, after counters, scrapeErr error) *Report {
	o := r.options
	report := &Report{
		Gateway: o.Gateway, Attribution: o.Trace.Layout.Attribution(), Started: r.start.UTC().Format(time.RFC3339),
		WallSeconds: wall.Seconds(), Speed: o.Speed, From: o.Plan.From, Minutes: o.Plan.Minutes, Seed: o.Plan.Seed,
		Interrupted: interrupted, WorkScale: o.WorkScale, MaxInFlight: o.MaxInFlight,
		TraceLayout: string(o.Trace.Layout), FunctionCount: len(o.Deployed),
	}
	// The report is useful without replica time; the reader must know why it is missing.
	if scrapeErr != nil {
		report.MetricsError = scrapeErr.Error()
	}
	// The total is computed from all calls: percentiles of functions cannot be added up.
	report.Total = r.results.total().report("total", "")
	for f, t := range r.results.functions {
		part := t.report(o.Deployed[f], o.Trace.Functions[f].Name)
		if scrapeErr == nil {
			part.Usage = usageBetween(before, after, o.Deployed[f])
		}
		report.Total.Usage = report.Total.Usage.plus(part.Usage)
		report.Functions = append(report.Functions, part)
	}
	return report
}

// report returns the report of one function, without usage.
func (t counts) report(deployed, traced string) FunctionReport {
	return FunctionReport{
		Function: deployed, TraceFunction: traced, Calls: t.calls, Errors: t.errors, Dropped: t.dropped,
		Status: t.status, Warm: t.warm, Cold: t.cold, ColdWait: t.coldWait,
		Latency: t.fromDue.latencies(), SendLatency: t.fromSend.latencies(),
	}
}

// plus returns the sum of u and v. nil stands for unknown and adds nothing.
// The total therefore covers the functions whose usage is known.
func (u *Usage) plus(v *Usage) *Usage {
	if u == nil || v == nil {
		if u == nil {
			return v
		}
		return u
	}
	return &Usage{u.ColdStarts + v.ColdStarts, u.ReadySeconds + v.ReadySeconds, u.BusySeconds + v.BusySeconds, u.IdleSeconds + v.IdleSeconds}
}
