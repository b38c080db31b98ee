package collector

import (
	"fmt"
	"math"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// A call in flight is taken to have been lost, because its end was never counted, when it
// is older than lostDurations times the longest duration of the function, and than
// lostAge. The end of a stream that its caller cut off is such a case.
const (
	lostAge       = 15 * time.Minute
	lostDurations = 10
)

// addRunning adds the calls in progress to a window, without those that never end. running
// is their average in each step of out, nil if it was 0 throughout; interval is the time
// between two scrapes.
//
// Scrapes show the calls in progress at some moments. For calls that are shorter than the
// time between two scrapes their average is uncertain, while counts and durations tell it
// exactly: it is left out then.
func (w *window) addRunning(out *event.FunctionWindow, running []float32, interval time.Duration) {
	if running == nil {
		return
	}
	duration := out.MeanDuration()
	excess := w.excess(out, running, duration)
	ages := w.lostSteps(out.Step())
	if lost := lostCalls(excess, ages); lost > 0 {
		out.InFlight, out.Peak = max(min(out.InFlight, 0), out.InFlight-lost), max(min(out.Peak, 0), out.Peak-lost)
		if out.Note == "" {
			out.Note = fmt.Sprintf("%d calls in flight began more than %v ago and are taken as lost", lost, time.Duration(ages)*out.Step())
		}
	}
	if duration > 0 && duration < interval.Seconds() {
		return
	}
	out.Running = make([]float32, len(running))
	for i, r := range running {
		out.Running[i] = series.NotMeasured
		if r != series.NotMeasured && out.Counts[i] != series.NoData {
			out.Running[i] = max(0, r-float32(lostCalls(excess[:i+1], ages)))
		}
	}
}

// lostSteps returns the number of steps after which a call in flight is taken as lost.
func (w *window) lostSteps(step time.Duration) int {
	age := max(lostAge.Seconds(), lostDurations*w.longest)
	return int(min(math.Ceil(age/step.Seconds()), series.MaxSteps))
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

// lostCalls returns the calls in progress that were there in all of the last ages steps
// and that no count explains. It is 0 if fewer steps are there, or most are unknown.
func lostCalls(excess []float64, ages int) int {
	if len(excess) < ages {
		return 0
	}
	least, known := math.Inf(1), 0
	for _, e := range excess[len(excess)-ages:] {
		if !math.IsNaN(e) {
			least, known = min(least, e), known+1
		}
	}
	if 2*known < ages || least < 1 {
		return 0
	}
	return int(least + 1e-6)
}
