// Package series holds the time series of the suite: the calls of one function in steps
// of equal length.
package series

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// NoData marks an unknown step: nothing of it was measured. It does not mean zero calls, and
// nothing may be scaled on it.
const NoData int32 = -1

// NotMeasured marks a step of Window.Running whose calls in progress were not measured.
const NotMeasured float32 = -1

// MaxSteps bounds the steps of a window from outside: one day of minutes.
const MaxSteps = 1440

// Bounds of a window from outside. They keep Window.End from overflowing.
const (
	maxStep  = 86400   // length of a step in seconds: one day
	maxStart = 1 << 40 // Unix seconds: the year 36812
)

// ErrWindow is wrapped by every error that Validate returns.
var ErrWindow = errors.New("series: invalid window")

// Window holds the last steps of one function. Step i covers the half-open time
// [Start + i*StepSeconds, Start + (i+1)*StepSeconds).
//
// Errors and BusySeconds have the length of Counts, or are empty if all their values are
// zero or unknown. Running has the length of Counts, or is empty if it is not measured in
// any step.
type Window struct {
	StepSeconds int       `json:"step_seconds"`           // length of a step, at least 1
	Start       int64     `json:"start"`                  // Unix seconds, a multiple of StepSeconds
	Counts      []int32   `json:"counts"`                 // calls started in the step, NoData if unknown
	Errors      []int32   `json:"errors,omitempty"`       // calls answered with 5xx in the step
	BusySeconds []float32 `json:"busy_seconds,omitempty"` // sum of the durations of the calls that ended in the step
	// Running is the number of calls in progress on average over the step, on all
	// replicas together; NotMeasured if it was not measured. It then follows from counts
	// and durations, by Little's law.
	Running []float32 `json:"running,omitempty"`
	// Spread holds the steps whose calls were measured only together with those of
	// their neighbours, and divided among them: scrapes were further apart than a step.
	Spread []Span `json:"spread,omitempty"`
	// AtLeast holds the steps of which a part was not measured: their counts are lower
	// bounds. If the last step is one of them, it is called provisional.
	AtLeast []Span `json:"at_least,omitempty"`
}

// End returns the Unix second at which the last step ends. It is the origin of a forecast
// made from w.
func (w Window) End() int64 { return w.Start + int64(len(w.Counts))*int64(w.StepSeconds) }

// Step returns the length of a step.
func (w Window) Step() time.Duration { return time.Duration(w.StepSeconds) * time.Second }

// Tail returns the last n steps of w, or w itself if it has no more. The slices share
// memory with w.
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
	if len(w.Running) > 0 {
		w.Running = w.Running[cut:]
	}
	w.Spread, w.AtLeast = ShiftSpans(w.Spread, cut), ShiftSpans(w.AtLeast, cut)
	return w
}

// Provisional reports whether a part of the last step was not measured, so that its count
// is a lower bound.
func (w Window) Provisional() bool { return Within(w.AtLeast, len(w.Counts)-1) }

// Known returns the number of steps with data, also those that were measured in part.
func (w Window) Known() int {
	n := 0
	for _, c := range w.Counts {
		if c != NoData {
			n++
		}
	}
	return n
}

// The median of means splits the calls of a window into groups. A group has at least
// minGroupCalls calls, because a mean of fewer has a large error.
const (
	maxGroups     = 9
	minGroupCalls = 20
)

// MeanDuration returns the mean duration of a call in seconds, 0 if it is unknown. It is
// the median of the means of up to nine groups of successive calls, of equal size. A
// plain mean would keep an incident in which calls took long until it leaves the window;
// the median ignores it as soon as it holds less than half of the calls.
//
// Source: Nemirovsky, Yudin, "Problem Complexity and Method Efficiency in Optimization",
// 1983 (median of means).
func (w Window) MeanDuration() float64 {
	var total int64
	var busy float64
	for i, b := range w.BusySeconds {
		total += int64(max(0, w.Counts[i]))
		if b != 0 { // most are 0, and each sum waits for the one before
			busy += float64(b)
		}
	}
	calls := float64(total)
	switch {
	case calls == 0:
		return 0
	case calls < 2*minGroupCalls:
		return busy / calls
	}
	return w.medianOfMeans(calls / min(math.Floor(calls/minGroupCalls), maxGroups))
}

// medianOfMeans returns the median of the mean durations of groups of at least size
// calls. A step is never split. The rest at the end forms a group if it has at least
// half of the calls of a full one.
func (w Window) medianOfMeans(size float64) float64 {
	var means [maxGroups + 1]float64
	n, calls, busy := 0, 0.0, 0.0
	for i, b := range w.BusySeconds {
		calls, busy = calls+float64(max(0, w.Counts[i])), busy+float64(b)
		if calls >= size {
			means[n] = busy / calls
			n, calls, busy = n+1, 0, 0
		}
	}
	if calls >= size/2 {
		means[n] = busy / calls
		n++
	}
	slices.Sort(means[:n])
	return (means[(n-1)/2] + means[n/2]) / 2
}

// Validate checks a window from outside. The error wraps ErrWindow and names the field,
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
	case len(w.Running) != 0 && len(w.Running) != len(w.Counts):
		return fmt.Errorf("%w: running must be as long as counts (%d), was: %d", ErrWindow, len(w.Counts), len(w.Running))
	}
	if err := errors.Join(CheckSpans("spread", w.Spread, len(w.Counts)), CheckSpans("at_least", w.AtLeast, len(w.Counts))); err != nil {
		return fmt.Errorf("%w: %w", ErrWindow, err)
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
		if !(b >= 0 && b <= math.MaxFloat32) {
			return fmt.Errorf("%w: busy_seconds[%d] must be finite and not negative, was: %v", ErrWindow, i, b)
		}
	}
	for i, r := range w.Running {
		if v := float64(r); math.IsNaN(v) || math.IsInf(v, 0) || v < 0 && r != NotMeasured {
			return fmt.Errorf("%w: running[%d] must be finite and not negative, or -1 if not measured, was: %v", ErrWindow, i, r)
		}
	}
	return nil
}
