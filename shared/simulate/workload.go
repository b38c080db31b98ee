// Package simulate replays traces and scores policies that keep replicas warm: cold
// starts against idle time, in steps of one minute.
//
// A call of d seconds runs in its minute and in the next ceil(d/60) - 1 of them. With
// count calls in a minute and replicas that serve K calls at a time:
//
//	load[m] = sum over j of count[m-j] * min(1, d/60 - j) / K,  j = 0 .. ceil(d/60) - 1
//	need = max(1 if count > 0 else 0, ceil(load))
//	held = ceil(the terms of load with j >= 1), replicas that no policy can take away
//	cold = max(0, need - max(warm, held))
//	idle = max(0, warm - need), in replica-minutes
//
// A Policy decides on warm, the replicas that are ready when the minute begins. A
// decision may depend on anything before minute m, of all functions, and on nothing
// later. Run makes the decisions, a Scorer adds them up, and a DecisionWriter writes
// them to a file. models/simulate/README.md has the protocol, models/simulate/TABLES.md the results.
package simulate

import (
	"fmt"
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/score"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// stepSeconds is the length of a step.
const stepSeconds = 60

// WarmUpMinutes is the number of minutes at the begin of a trace that are history
// for the policies and are not scored.
const WarmUpMinutes = 180

// Function describes one function to a policy, without its calls.
type Function struct {
	Name, Owner, App, Trigger string
	Duration                  float64 // mean seconds of a call, 0 if unknown

	// Application is unique to the application of the function; a function without one
	// is an application of its own.
	Application string

	// MemoryMB is the memory of a replica in megabytes, by MemoryRule.
	MemoryMB   float64
	MemoryRule MemoryRule
}

// Workload is a trace with the need and load of each minute. It is not changed once
// made.
type Workload struct {
	Start       int // first minute, counted from midnight of the first day
	Minutes     int
	Concurrency int        // calls that a replica serves at a time
	Functions   []Function // in the order of the trace
	counts      [][]int32  // function, minute
	need        [][]int32  // function, minute; 0 without data
	held        [][]int32  // function, minute; nil for calls that end within a minute
	load        [][]event.Load
	unknown     []bool // function: some minutes have no data
}

// NewWorkload computes need, held replicas and load of each function and minute of t. A
// replica serves concurrency calls at a time; NewWorkload panics if that is below 1. The
// workload shares the counts of t.
func NewWorkload(t *trace.Trace, concurrency int) *Workload {
	if concurrency < 1 {
		panic(fmt.Sprintf("simulate: a replica serves %d calls", concurrency))
	}
	w := &Workload{Start: t.Start, Minutes: t.Minutes, Concurrency: concurrency}
	var loads []float64
	for _, f := range t.Functions {
		w.Functions = append(w.Functions, Function{Name: f.Name, Owner: f.Owner, App: f.App, Trigger: f.Trigger, Duration: f.Duration, Application: f.Application(), MemoryMB: f.MemoryMB})
		need, load := make([]int32, t.Minutes), make([]event.Load, t.Minutes)
		loads = series.Loads(loads[:0], f.Counts, f.Duration, stepSeconds, float64(concurrency))
		for m, l := range loads {
			need[m], load[m] = series.Need(max(0, f.Counts[m]), l), event.NewLoad(l)
		}
		var held []int32
		if f.Duration > stepSeconds {
			held = series.Held(nil, f.Counts, f.Duration, stepSeconds, float64(concurrency))
		}
		w.counts, w.need = append(w.counts, f.Counts), append(w.need, need)
		w.held, w.load = append(w.held, held), append(w.load, load)
		w.unknown = append(w.unknown, slices.Contains(f.Counts, series.NoData))
	}
	w.fillMemory()
	return w
}

// step returns minute m of function f for the score, with warm replicas ready.
func (w *Workload) step(f, m int, warm int32) score.Step {
	s := score.Step{Need: int(w.need[f][m]), Warm: int(warm)}
	if held := w.held[f]; held != nil {
		s.Held = int(held[m])
	}
	return s
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
// average, without the rounding of Loads. A minute without data adds no calls, and a
// duration that is unknown counts as 0. Load panics if m is not before Minute().
func (h History) Load(f, m int) float64 {
	d := h.Function(f).Duration
	first := m - int(math.Min(d/stepSeconds, float64(m))) // earlier calls have ended
	var loads [1]float64
	return series.Loads(loads[:0], h.Counts(f)[first:m+1], d, stepSeconds, float64(h.Concurrency()))[m-first]
}
