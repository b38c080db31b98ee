//go:build unix

package bench

import (
	"slices"
	"time"

	"prewarm/shared/score"
)

// Result is what was measured of one size.
type Result struct {
	Functions   int     `json:"functions"`
	StepSeconds float64 `json:"step_seconds"`
	Steps       int     `json:"steps"` // that were measured
	// FirstSeconds is the time from the start of cron to the first step that was decided for
	// every function with known calls, 0 if there was none before the measurement.
	FirstSeconds float64 `json:"first_seconds"`

	// Times from the end of a step, in seconds, over the measured steps. Steps without a scale
	// call are not in LastScale.
	LastScale    Times `json:"last_scale"`
	EachScale    Times `json:"each_scale"` // over all scale calls
	FirstWindow  Times `json:"first_window"`
	LastWindow   Times `json:"last_window"`
	LastForecast Times `json:"last_forecast"`
	LastDecision Times `json:"last_decision"`

	// Functions of steps. Decided + Missing = Functions × Steps; Late ones are decided, more
	// than a step after its end.
	Decided  int `json:"decided"`
	Late     int `json:"late"`
	Missing  int `json:"missing"`
	Unknown  int `json:"unknown"`  // decided without the calls of the step, which is to hold
	Repeated int `json:"repeated"` // further decisions of the same
	Invalid  int `json:"invalid"`  // decisions that could not be read

	Scales  int `json:"scales"`  // calls by decisions of the measured steps
	Between int `json:"between"` // other scale calls meanwhile

	// Per step.
	CPU      map[string]float64 `json:"cpu_seconds"` // by part
	Bytes    map[string]float64 `json:"bytes"`       // by way
	Messages map[string]float64 `json:"messages"`    // by subject
	Requests map[string]float64 `json:"requests"`    // to the gateway, by kind
	Callers  map[string]float64 `json:"callers"`     // to the gateway, by caller and kind
	Queries  float64            `json:"store_queries"`

	Memory []Memory `json:"memory"`
}

// Times are percentiles in seconds.
type Times struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// timesOf returns the percentiles of durations, all 0 of none.
func timesOf(all []time.Duration) Times {
	if len(all) == 0 {
		return Times{}
	}
	seconds := make([]float64, len(all))
	for i, d := range all {
		seconds[i] = d.Seconds()
	}
	return Times{
		N: len(seconds), P50: score.Percentile(seconds, 0.50), P95: score.Percentile(seconds, 0.95), P99: score.Percentile(seconds, 0.99), Max: slices.Max(seconds),
	}
}

// count fills what follows from the steps that end at the given times.
func (r *Result) count(b *book, ends []int64) {
	var scale, each, firstWindow, lastWindow, lastForecast, lastDecision []time.Duration
	for _, end := range ends {
		s := b.at(end)
		after := func(all *[]time.Duration, at time.Time) {
			if !at.IsZero() {
				*all = append(*all, at.Sub(s.end))
			}
		}
		var last, decision time.Time
		for _, at := range s.scales {
			after(&each, at)
			last = latest(last, at)
		}
		for _, at := range s.decided {
			decision = latest(decision, at)
			if at.Sub(s.end) > b.step {
				r.Late++
			}
		}
		after(&scale, last)
		after(&lastDecision, decision)
		after(&firstWindow, s.windows.first)
		after(&lastWindow, s.windows.last)
		after(&lastForecast, s.forecasts.last)
		r.Decided += len(s.decided)
		r.Repeated += s.repeated
		r.Unknown += s.unknown
		r.Scales += len(s.scales)
	}
	r.Steps, r.Missing, r.Invalid = len(ends), len(ends)*len(b.want)-r.Decided, b.invalid
	r.LastScale, r.EachScale, r.LastDecision = timesOf(scale), timesOf(each), timesOf(lastDecision)
	r.FirstWindow, r.LastWindow, r.LastForecast = timesOf(firstWindow), timesOf(lastWindow), timesOf(lastForecast)
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
