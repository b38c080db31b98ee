package forecast

import (
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// begin writes what needs no model to f, and empties its slices but keeps their
// memory.
func begin(f *event.Forecast, w *event.FunctionWindow) {
	*f = event.Forecast{
		Function: w.Function, Origin: w.End(), StepSeconds: w.StepSeconds,
		PActive: f.PActive[:0], NeedQ50: f.NeedQ50[:0], NeedQ90: f.NeedQ90[:0], NeedQ95: f.NeedQ95[:0],
		NeedQ99: f.NeedQ99[:0],
		Observation: event.Observation{
			Recent: f.Recent[:0], RecentLoad: f.RecentLoad[:0], Earlier: f.Earlier[:0],
			InFlight: w.InFlight, Peak: w.Peak, Note: w.Note, Queued: w.Queued, Concurrency: w.Concurrency, CarriesBy: w.CarriesBy,
		},
	}
}

// observe writes the observed need and load of the last steps to f, and how they were
// measured.
func (s *scratch) observe(f *event.Forecast, fw *event.FunctionWindow) {
	w := fw.Tail(feature.MaxHistory)
	s.readLoad(w, fw)
	for i := max(0, len(w.Counts)-feature.Steps); i < len(w.Counts); i++ {
		f.Recent = append(f.Recent, s.need(w, i))
		f.RecentLoad = append(f.RecentLoad, event.NewLoad(s.load[i]))
	}
	s.readFew(f, w)
	f.Provisional, f.Estimated = w.Provisional(), estimated(w.Tail(feature.Steps))
}

// readLoad computes the duration of calls, and the load of each step of w, the tail of fw:
// from the calls in progress if they were measured, otherwise from counts and the mean
// duration.
//
// If the owner of the function states a rate, the load comes from counts and that rate. No
// duration has to be known: calls are taken to last as long as Little's law needs for it.
func (s *scratch) readLoad(w series.Window, fw *event.FunctionWindow) {
	concurrency, running := fw.Concurrency, w.Running
	s.duration = w.MeanDuration()
	if fw.CallsPerReplica > 0 {
		s.duration, running = concurrency/fw.CallsPerReplica, nil
	}
	s.load = series.Loads(s.load[:0], w.Counts, s.duration, float64(w.StepSeconds), concurrency)
	for i, running := range running {
		if running != series.NotMeasured {
			// Rounded, because an average of samples is not exact: one call must not become a
			// load just above 1, which needs two replicas.
			s.load[i] = float64(event.NewLoad(float64(running) / concurrency))
		}
	}
}

// need returns the need of step i of w, whose loads readLoad has computed. Calls in
// progress need a replica even if none of them started in the step.
func (s *scratch) need(w series.Window, i int) int32 {
	n := series.Need(w.Counts[i], s.load[i])
	if n == 0 && len(w.Running) > 0 && w.Running[i] > 0 {
		return 1
	}
	return n
}

// estimated returns the estimated steps of w: spread, or with a lower bound.
func estimated(w series.Window) []series.Span {
	if len(w.Spread) == 0 && len(w.AtLeast) == 0 {
		return nil
	}
	return series.Spans(len(w.Counts), func(i int) bool {
		return series.Within(w.Spread, i) || series.Within(w.AtLeast, i)
	})
}

// perCall returns the counts of w that the need is predicted from, and the load of one
// of them in replicas. Calls longer than a step are counted in each step in which they
// are in progress, so that the count of a step gives its load. So are calls of unknown
// duration, of which only those in progress may have been measured. The load of a
// call that would need more than math.MaxInt32 replicas has no meaning, but must stay finite.
func (s *scratch) perCall(w series.Window, concurrency float64) (counts []int32, load float64) {
	if step := float64(w.StepSeconds); 0 < s.duration && s.duration <= step {
		return w.Counts, min(s.duration/(step*concurrency), math.MaxInt32)
	}
	s.running = slices.Grow(s.running[:0], len(w.Counts))
	for i, c := range w.Counts {
		if c != series.NoData {
			c = int32(math.Min(math.Round(s.load[i]*concurrency), math.MaxInt32))
		}
		s.running = append(s.running, c)
	}
	return s.running, min(1/concurrency, math.MaxInt32)
}

// holdAhead returns the replicas that the calls of w hold at each horizon.
func (s *scratch) holdAhead(w series.Window, concurrency float64) []int32 {
	if s.duration <= float64(w.StepSeconds) {
		return s.none[:]
	}
	s.running = append(append(s.running[:0], w.Counts...), s.none[:]...)
	s.held = series.Held(s.held[:0], s.running, s.duration, float64(w.StepSeconds), concurrency)
	return s.held[len(w.Counts):]
}
