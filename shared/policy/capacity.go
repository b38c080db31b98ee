package policy

import (
	"fmt"

	"prewarm/shared/event"
)

// carried returns f with its loads and needs in the replicas that a load test
// found them to take, f itself where there is no load test or where the calls
// behind a load are unknown. A need without its load is taken to lie in the
// middle of what rounds up to it.
func carried(f *event.Forecast) *event.Forecast {
	if f.Capacity == nil || f.LoadRate == 0 {
		return f
	}
	g := *f
	g.RecentLoad = make([]event.Load, len(f.RecentLoad))
	for i, l := range f.RecentLoad {
		g.RecentLoad[i] = event.Load(carriedLoad(f, float64(l)))
	}
	g.Recent = carriedNeeds(f, f.Recent)
	if len(f.RecentLoad) == len(f.Recent) {
		for i, need := range f.Recent {
			if need > 0 {
				g.Recent[i] = event.NeedOf(float64(g.RecentLoad[i]))
			}
		}
	}
	g.NeedQ50, g.NeedQ90 = carriedNeeds(f, f.NeedQ50), carriedNeeds(f, f.NeedQ90)
	g.NeedQ95, g.NeedQ99 = carriedNeeds(f, f.NeedQ95), carriedNeeds(f, f.NeedQ99)
	return &g
}

// carriedLoad restates a load by Little's law.
func carriedLoad(f *event.Forecast, little float64) float64 {
	return f.Capacity.Load(little*f.LoadRate, little)
}

// carriedNeeds restates needs by Little's law. What is unknown or 0 stays so.
func carriedNeeds(f *event.Forecast, needs []int32) []int32 {
	out := make([]int32, len(needs))
	for i, need := range needs {
		if out[i] = need; need > 0 {
			out[i] = event.NeedOf(carriedLoad(f, float64(need)-0.5))
		}
	}
	return out
}

// carry returns the calls per second that each of n replicas carries, 0 where
// that is unknown, and the replica model that says so, "" where Little's law does.
func carry(f *event.Forecast, n int) (rate float64, model string) {
	switch c := f.Capacity; {
	case c == nil || f.LoadRate == 0:
	case c.Tested(n):
		return c.Carry[n-1] / float64(n), c.Model
	case n > len(c.Carry) && c.Each() < f.LoadRate:
		return c.Each(), c.Model
	}
	return f.LoadRate, ""
}

// carryReason says what each of n replicas was taken to carry, and by what.
func carryReason(f *event.Forecast, n int) string {
	rate, model := carry(f, n)
	switch {
	case model != "" && n > len(f.Capacity.Carry):
		return fmt.Sprintf("; each of %d carries no more than %.3g calls/s by load test (%s), which went to %d", n, rate, model, len(f.Capacity.Carry))
	case model != "":
		return fmt.Sprintf("; each of %d carries %.3g calls/s by load test (%s)", n, rate, model)
	case rate == 0:
		return "; Little's law, with calls of unknown duration"
	case f.Capacity != nil:
		return fmt.Sprintf("; each carries %.3g calls/s by Little's law, outside of the load test", rate)
	}
	return fmt.Sprintf("; each carries %.3g calls/s by Little's law", rate)
}
