// Package simulate replays traces and scores policies that keep replicas warm: cold
// starts against idle time, in steps of one minute.
//
// For function f and minute m, with count calls of mean duration d seconds and
// replicas that serve K calls at a time:
//
//	need = 0 if count = 0, else max(1, ceil(count * d / (60 * K)))
//	cold = max(0, need - warm)
//	idle = max(0, warm - need), in replica-minutes
//
// A Policy decides on warm, the replicas that are ready when the minute begins. A
// decision may depend on anything before minute m, of all functions, and on nothing
// later. Run makes the decisions, a Scorer adds them up, and a DecisionWriter writes
// them to a file. models/simulate/README.md has the protocol and the results.
package simulate

import (
	"fmt"

	"prewarm/shared/event"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// stepSeconds is the length of a step.
const stepSeconds = 60

// WarmUpMinutes is the number of minutes at the begin of a trace that are history
// for the policies and are not scored.
const WarmUpMinutes = 180

// Need returns the replicas that count calls in one minute need. A call takes d
// seconds on average, 0 if unknown, and a replica serves k calls at a time. A minute
// without data needs none. Need panics if k is below 1.
func Need(count int32, d float64, k int) int32 {
	if k < 1 {
		panic(fmt.Sprintf("simulate: a replica serves %d calls", k))
	}
	return max(0, series.Need(count, d, stepSeconds, float64(k)))
}

// Function describes one function to a policy, without its calls.
type Function struct {
	Name, Owner, App, Trigger string
	Duration                  float64 // mean seconds of a call, 0 if unknown
}

// Workload is a trace with the need and load of each minute. It is not changed once
// made.
type Workload struct {
	Start       int // first minute, counted from midnight of the first day
	Minutes     int
	Concurrency int        // calls that a replica serves at a time
	Functions   []Function // in the order of the trace
	counts      [][]int32  // function, minute
	need        [][]int32  // function, minute
	load        [][]event.Load
}

// NewWorkload computes need and load of each function and minute of t. A replica
// serves concurrency calls at a time; NewWorkload panics if that is below 1. The
// workload shares the counts of t.
func NewWorkload(t *trace.Trace, concurrency int) *Workload {
	w := &Workload{Start: t.Start, Minutes: t.Minutes, Concurrency: concurrency}
	for _, f := range t.Functions {
		w.Functions = append(w.Functions, Function{f.Name, f.Owner, f.App, f.Trigger, f.Duration})
		need, load := make([]int32, t.Minutes), make([]event.Load, t.Minutes)
		for m, count := range f.Counts {
			need[m] = Need(count, f.Duration, concurrency)
			load[m] = event.NewLoad(count, f.Duration, stepSeconds, float64(concurrency))
		}
		w.counts = append(w.counts, f.Counts)
		w.need = append(w.need, need)
		w.load = append(w.load, load)
	}
	return w
}

// History is all that a policy may see when it decides on a minute: the minutes
// before it. The slices that it returns have no capacity beyond them, so that a
// policy cannot see the future by mistake.
type History struct {
	workload *Workload
	minute   int
}

// Minute returns the minute to decide on, from 0.
func (h History) Minute() int { return h.minute }

// MinuteOfDay returns the minute to decide on, from midnight.
func (h History) MinuteOfDay() int { return (h.workload.Start + h.minute) % trace.MinutesPerDay }

// Functions returns the number of functions.
func (h History) Functions() int { return len(h.workload.Functions) }

// Function returns the description of function f.
func (h History) Function(f int) Function { return h.workload.Functions[f] }

// Concurrency returns the calls that a replica serves at a time.
func (h History) Concurrency() int { return h.workload.Concurrency }

// Counts returns the calls of function f in minutes 0 to Minute()-1, with
// series.NoData if unknown. The caller must not change it.
func (h History) Counts(f int) []int32 { return h.workload.counts[f][:h.minute:h.minute] }

// Need returns the replicas that function f needed in minutes 0 to
// Minute()-1. The caller must not change it.
func (h History) Need(f int) []int32 { return h.workload.need[f][:h.minute:h.minute] }

// Loads returns the load of function f in minutes 0 to Minute()-1, with the rounding
// of a message. The caller must not change it.
func (h History) Loads(f int) []event.Load { return h.workload.load[f][:h.minute:h.minute] }

// Load returns the load of function f in minute m, the replicas that were busy on
// average, without the rounding of Loads:
//
//	load = count * d / (60 * K)
//
// It is 0 if the count or the duration is unknown. Load panics if m is not before
// Minute().
func (h History) Load(f, m int) float64 {
	count := h.Counts(f)[m]
	if count <= 0 {
		return 0
	}
	return float64(count) * h.Function(f).Duration / (stepSeconds * float64(h.Concurrency()))
}
