package policy

import (
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// inputs returns the numbers that the choice rests on.
func (ch *choice) inputs(f *event.Forecast, s State, c Config) event.Inputs {
	rate, model := ratePerReplica(f, ch.byRule)
	least, most := s.limits()
	return event.Inputs{
		CostRatio: c.CostRatio, LookaheadSteps: ch.lookahead.to, ReadinessSeconds: s.Readiness.Seconds(),
		PActive: ch.active, PMore: ch.more, RecentNeed: lastNeed(f), Settled: settled(f), InFlight: f.InFlight, Peak: f.Peak, Queued: f.Queued,
		Min: least, Max: most, ExpectedCold: f.ExpectedCold, ExpectedColdLeft: ch.coldLeft(f, s, c),
		CallsPerReplica: rate, CapacityModel: model,
	}
}

// settled returns the needs of the last steps, the newest last, with series.NoData for
// a step that was not measured as a whole and on its own.
func settled(f *event.Forecast) []int32 {
	first := max(0, len(f.Recent)-event.MaxSettled)
	out := make([]int32, len(f.Recent)-first)
	for i := range out {
		if out[i] = f.Recent[first+i]; series.Within(f.Estimated, first+i) {
			out[i] = series.NoData
		}
	}
	if n := len(out); n > 0 && f.Provisional {
		out[n-1] = series.NoData
	}
	return out
}
