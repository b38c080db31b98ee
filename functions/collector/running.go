package collector

import (
	"fmt"
	"math"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// A call in flight is lost, because its end was never counted, if it is older than lostAge
// and than lostDurations times the longest mean duration of the function. A stream that its
// caller has cut off is such a call.
const (
	lostAge       = 15 * time.Minute
	lostDurations = 10
)

// addRunning adds the calls in progress to out, without the lost ones. running is their
// average in each step of out, nil if it was 0 throughout; interval is the time between two
// scrapes.
//
// Scrapes show the calls in progress at some moments only. For calls that are shorter than
// the time between two scrapes, that gives an uncertain average, and counts and durations
// give an exact one: Running is left out then.
func (w *window) addRunning(out *event.FunctionWindow, running []float32, interval time.Duration) {
	if running == nil {
		return
	}
	duration := out.MeanDuration()
	excess := w.excess(out, running, duration)
	lostAfter := lostSteps(out)
	if lost := lostCalls(excess, lostAfter); lost > 0 {
		out.InFlight, out.Peak = max(min(out.InFlight, 0), out.InFlight-lost), max(min(out.Peak, 0), out.Peak-lost)
		if out.Note == "" {
			out.Note = fmt.Sprintf("%d calls in flight began more than %v ago and are taken as lost", lost, time.Duration(lostAfter)*out.Step())
		}
	}
	if duration > 0 && duration < interval.Seconds() {
		return
	}
	out.Running = make([]float32, len(running))
	for i, r := range running {
		out.Running[i] = series.NotMeasured
		if r != series.NotMeasured && out.Counts[i] != series.NoData {
			out.Running[i] = max(0, r-float32(lostCalls(excess[:i+1], lostAfter)))
		}
	}
}

// lostSteps returns the number of steps after which a call in flight is taken as lost. The
// longest mean duration is that of the calls of one step. Where calls ended and none began,
// it is the sum of their durations, so that a long call counts as a whole.
func lostSteps(out *event.FunctionWindow) int {
	longest := 0.0
	for i, busy := range out.BusySeconds {
		longest = max(longest, float64(busy)/float64(max(1, out.Counts[i])))
	}
	age := max(lostAge.Seconds(), lostDurations*longest)
	return int(min(math.Ceil(age/float64(out.StepSeconds)), series.MaxSteps))
}

// excess returns by how much the calls in progress exceed what counts and durations
// explain, in each step; NaN if that is unknown.
func (w *window) excess(out *event.FunctionWindow, running []float32, duration float64) []float64 {
	excess := series.Loads(nil, out.Counts, duration, float64(out.StepSeconds), 1)
	for i := range excess {
		if out.Counts[i] == series.NoData || running[i] == series.NotMeasured {
			excess[i] = math.NaN()
			continue
		}
		excess[i] = float64(running[i]) - excess[i]
	}
	return excess
}

// lostCalls returns the lost calls: those in progress in each of the last steps, of the
// given number, that counts and durations do not explain. It is 0 if there are fewer steps,
// or if most of them are unknown.
func lostCalls(excess []float64, steps int) int {
	if len(excess) < steps {
		return 0
	}
	least, known := math.Inf(1), 0
	for _, e := range excess[len(excess)-steps:] {
		if !math.IsNaN(e) {
			least, known = min(least, e), known+1
		}
	}
	if 2*known < steps || least < 1 {
		return 0
	}
	return int(least + 1e-6)
}
