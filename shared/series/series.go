// Package series holds the one time series type that every other package of
// prewarm speaks about: calls of one function in steps of equal length.
package series

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// NoData marks a step whose calls are unknown, because the store or the
// gateway did not answer. It is not zero: nothing may be scaled on it.
const NoData int32 = -1

// MaxSteps bounds the length of a window that is accepted from outside: one
// day of one-minute steps.
const MaxSteps = 1440

// maxStep bounds the length of a step from outside, in seconds, and maxStart the
// start of a window, in Unix seconds: the year 36812.
const (
	maxStep  = 86400
	maxStart = 1 << 40
)

// ErrWindow is wrapped by every error that Validate returns.
var ErrWindow = errors.New("series: invalid window")

// Window is the recent past of one function. Step i covers the half-open time
// [Start + i*StepSeconds, Start + (i+1)*StepSeconds).
//
// Errors and BusySeconds are as long as Counts, or empty where all of them are
// zero or unknown.
type Window struct {
	StepSeconds int       `json:"step_seconds"`           // length of a step, at least 1
	Start       int64     `json:"start"`                  // Unix seconds, a multiple of StepSeconds
	Counts      []int32   `json:"counts"`                 // calls started in the step, NoData where unknown
	Errors      []int32   `json:"errors,omitempty"`       // calls answered with 5xx in the step
	BusySeconds []float32 `json:"busy_seconds,omitempty"` // sum of the durations of the calls that ended in the step
}

// End returns the Unix second at which the last step ends: the origin of a
// forecast made from w.
func (w Window) End() int64 { return w.Start + int64(len(w.Counts))*int64(w.StepSeconds) }

// Step returns the length of a step.
func (w Window) Step() time.Duration { return time.Duration(w.StepSeconds) * time.Second }

// Tail returns the last n steps of w, or w itself where it is shorter. The
// slices share memory with w.
func (w Window) Tail(n int) Window {
	cut := len(w.Counts) - n
	if cut <= 0 {
		return w
	}
	w.Start += int64(cut) * int64(w.StepSeconds)
	w.Counts = w.Counts[cut:]
	if len(w.Errors) > 0 {
		w.Errors = w.Errors[cut:]
	}
	if len(w.BusySeconds) > 0 {
		w.BusySeconds = w.BusySeconds[cut:]
	}
	return w
}

// Known returns the number of steps with data.
func (w Window) Known() int {
	n := 0
	for _, c := range w.Counts {
		if c != NoData {
			n++
		}
	}
	return n
}

// MeanDuration returns the mean seconds of service of one call over the
// window, 0 where it is unknown. It is the median of the means of up to nine
// stretches of equally many calls, so that an incident in which calls took long
// is forgotten once it is over, not when it leaves the window.
//
// Source: Nemirovsky, Yudin, "Problem Complexity and Method Efficiency in
// Optimization", 1983 (median of means).
func (w Window) MeanDuration() float64 {
	var calls, busy float64
	for i, b := range w.BusySeconds {
		calls, busy = calls+float64(max(0, w.Counts[i])), busy+float64(b)
	}
	switch {
	case calls == 0:
		return 0
	case calls < 2*stretchCalls:
		return busy / calls
	}
	return w.medianOfMeans(calls / min(math.Floor(calls/stretchCalls), maxStretches))
}

// maxStretches bounds the stretches of a window, stretchCalls the calls in each
// from below: of fewer calls a mean says little.
const (
	maxStretches = 9
	stretchCalls = 20
)

// medianOfMeans returns the median of the mean durations of stretches of at
// least share calls. What is left at the end is one as well if it is at least
// half as long.
func (w Window) medianOfMeans(share float64) float64 {
	var means [maxStretches + 1]float64
	n, calls, busy := 0, 0.0, 0.0
	for i, b := range w.BusySeconds {
		calls, busy = calls+float64(max(0, w.Counts[i])), busy+float64(b)
		if calls >= share {
			means[n] = busy / calls
			n, calls, busy = n+1, 0, 0
		}
	}
	if calls >= share/2 {
		means[n] = busy / calls
		n++
	}
	slices.Sort(means[:n])
	return (means[(n-1)/2] + means[n/2]) / 2
}

// Validate checks a window that came from outside. The error names the field,
// its bound and its value.
func (w Window) Validate() error {
	switch {
	case w.StepSeconds < 1 || w.StepSeconds > maxStep:
		return fmt.Errorf("%w: step_seconds must be between 1 and %d, was: %d", ErrWindow, maxStep, w.StepSeconds)
	case w.Start < 0 || w.Start > maxStart || w.Start%int64(w.StepSeconds) != 0:
		return fmt.Errorf("%w: start must be a multiple of step_seconds (%d), 0 to %d, was: %d", ErrWindow, w.StepSeconds, int64(maxStart), w.Start)
	case len(w.Counts) == 0 || len(w.Counts) > MaxSteps:
		return fmt.Errorf("%w: counts must have 1 to %d steps, had: %d", ErrWindow, MaxSteps, len(w.Counts))
	case len(w.Errors) != 0 && len(w.Errors) != len(w.Counts):
		return fmt.Errorf("%w: errors must be as long as counts (%d), was: %d", ErrWindow, len(w.Counts), len(w.Errors))
	case len(w.BusySeconds) != 0 && len(w.BusySeconds) != len(w.Counts):
		return fmt.Errorf("%w: busy_seconds must be as long as counts (%d), was: %d", ErrWindow, len(w.Counts), len(w.BusySeconds))
	}
	return w.validateValues()
}

func (w Window) validateValues() error {
	for i, c := range w.Counts {
		if c < NoData {
			return fmt.Errorf("%w: counts[%d] must be at least 0, or -1 for no data, was: %d", ErrWindow, i, c)
		}
	}
	for i, e := range w.Errors {
		if e < 0 {
			return fmt.Errorf("%w: errors[%d] must be at least 0, was: %d", ErrWindow, i, e)
		}
	}
	for i, b := range w.BusySeconds {
		if v := float64(b); math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return fmt.Errorf("%w: busy_seconds[%d] must be finite and not negative, was: %v", ErrWindow, i, b)
		}
	}
	return nil
}

// Need returns the replicas that count calls in one step keep busy, by
// Little's law:
//
//	need = 0 if count = 0, else max(1, ceil(count * duration / (step * concurrency)))
//
// duration is the mean seconds of a call (0 where unknown), step the seconds
// of a step, concurrency the calls that one replica serves at a time. NoData
// stays NoData. Need panics if step or concurrency is not positive.
func Need(count int32, duration, step, concurrency float64) int32 {
	if step <= 0 || concurrency <= 0 {
		panic("series: step and concurrency must be positive")
	}
	if count <= 0 {
		return count
	}
	n := math.Ceil(float64(count) * duration / (step * concurrency))
	return int32(math.Min(math.Max(1, n), math.MaxInt32))
}
