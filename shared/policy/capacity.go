package policy

import (
	"fmt"
	"slices"

	"prewarm/shared/event"
)

// restated returns a copy of f whose loads and needs are the replicas that the load
// test found them to take, in place of Little's law. It returns f itself if there
// is no load test, or if the duration of the calls is unknown, because a load then
// cannot be converted into a rate. It does so too if the owner of the function states the
// rate: loads and needs rest on it already.
//
// A need whose load is unknown is converted from the middle of the loads that round
// up to it.
func restated(f *event.Forecast) *event.Forecast {
	if f.Capacity == nil || f.LoadRate == 0 || stated(f) {
		return f
	}
	g := *f
	g.RecentLoad = make([]event.Load, len(f.RecentLoad))
	for i, l := range f.RecentLoad {
		g.RecentLoad[i] = event.Load(restatedLoad(f, float64(l)))
	}
	g.Recent = restatedNeeds(f, f.Recent)
	if len(f.RecentLoad) == len(f.Recent) {
		for i, need := range f.Recent {
			if need > 0 {
				g.Recent[i] = event.NeedOf(float64(g.RecentLoad[i]))
			}
		}
	}
	g.Earlier = slices.Clone(f.Earlier)
	for i, e := range g.Earlier {
		g.Earlier[i].Load = event.Load(restatedLoad(f, float64(e.Load)))
		g.Earlier[i].Need = event.NeedOf(float64(g.Earlier[i].Load))
	}
	g.NeedQ50, g.NeedQ90 = restatedNeeds(f, f.NeedQ50), restatedNeeds(f, f.NeedQ90)
	g.NeedQ95, g.NeedQ99 = restatedNeeds(f, f.NeedQ95), restatedNeeds(f, f.NeedQ99)
	return &g
}

// restatedLoad returns the replicas that the load test found for a load, which is
// given in replicas by Little's law.
func restatedLoad(f *event.Forecast, load float64) float64 {
	return f.Capacity.Load(load*f.LoadRate, load)
}

// restatedNeeds does the same for needs. It takes the middle of the loads that round
// up to a need. 0 and series.NoData stay.
func restatedNeeds(f *event.Forecast, needs []int32) []int32 {
	out := make([]int32, len(needs))
	for i, need := range needs {
		if out[i] = need; need > 0 {
			out[i] = event.NeedOf(restatedLoad(f, float64(need)-0.5))
		}
	}
	return out
}

// stated reports whether the capacity is the rate that the owner of the function states.
func stated(f *event.Forecast) bool {
	return f.Capacity != nil && f.CarriesBy != "" && f.Capacity.Model == f.CarriesBy
}

// ratePerReplica returns the calls per second that each of n replicas carries, 0 if
// that is unknown, and the replica model or label that the rate comes from, "" for
// Little's law.
func ratePerReplica(f *event.Forecast, n int) (rate float64, model string) {
	switch c := f.Capacity; {
	case c == nil || f.LoadRate == 0:
	case stated(f):
		return f.LoadRate, c.Model
	case c.Tested(n):
		return c.Carry[n-1] / float64(n), c.Model
	case n > len(c.Carry) && c.Each() < f.LoadRate:
		return c.Each(), c.Model
	}
	return f.LoadRate, ""
}

// capacityReason states what each of n replicas was taken to carry, and by what.
func capacityReason(f *event.Forecast, n int) string {
	rate, model := ratePerReplica(f, n)
	switch {
	case model != "" && stated(f):
		return fmt.Sprintf("; each carries %.3g calls/s by %s", rate, model)
	case model != "" && n > len(f.Capacity.Carry):
		return fmt.Sprintf("; each of %d carries at most %.3g calls/s by load test (%s), which went up to %d", n, rate, model, len(f.Capacity.Carry))
	case model != "":
		return fmt.Sprintf("; each of %d carries %.3g calls/s by load test (%s)", n, rate, model)
	case rate == 0 && f.CarriesBy != "":
		return fmt.Sprintf("; each serves %.3g calls at a time by %s", f.Concurrency, f.CarriesBy)
	case f.CarriesBy != "":
		return fmt.Sprintf("; each carries %.3g calls/s by Little's law, %.3g at a time by %s", rate, f.Concurrency, f.CarriesBy)
	case rate == 0:
		return "; by Little's law, for calls of unknown duration"
	case f.Capacity != nil:
		return fmt.Sprintf("; each carries %.3g calls/s by Little's law, outside of the load test", rate)
	}
	return fmt.Sprintf("; each carries %.3g calls/s by Little's law", rate)
}
