package capacity

import "math"

// Kind is the kind of a load. A replica carries more of one kind than of another.
type Kind int

// The kinds of loads.
const (
	Open   Kind = iota // calls arrive whether or not earlier ones were answered
	Closed             // each caller calls again as soon as it is answered
	Kinds              // number of kinds
)

// A closed loop is recognised by its calls in progress: every caller has one at
// all times, so that their number equals the number of callers, up to the error of
// estimating a mean latency from percentiles.
const (
	closedLeast  = 0.85 // calls in progress over callers, at least
	closedMost   = 1.1  // and at most
	closedSpread = 2.5  // 90th over 10th percentile of the latency, below: all calls wait alike
	closedErrors = 0.01 // share of failed calls, below
)

// Kind returns the kind of load that x looks like.
func (x Vector) Kind() Kind {
	busy := x.InProgress()
	if busy > closedLeast*x[callers] && busy < closedMost*x[callers] &&
		x[p90] < closedSpread*x[P10] && x[errorShare] < closedErrors {
		return Closed
	}
	return Open
}

// InProgress returns the mean number of calls in progress by Little's law, rate ×
// mean latency. The mean is that of the percentiles up to the 90th. The tail is left
// out, because one percentile is not enough to estimate it.
func (x Vector) InProgress() float64 {
	return x[Rate] * (x[P10] + x[p50] + x[p75] + x[p90]) / 4
}

// leastDemand stands for the demand of no calls, because its logarithm is taken.
const leastDemand = 1e-6

// demand returns the mean number of calls that want service at the same time,
// above 0: the callers of a closed loop, otherwise the arrivals within one time of
// service. It does not depend on how many replicas happened to serve them.
func (m *Model) demand(x Vector) float64 {
	if x.Kind() == Closed {
		return math.Max(x[callers], leastDemand)
	}
	return math.Max(x[Rate]*m.Service, leastDemand)
}

// Staffed returns the demand of x with a reserve for arrivals, so that the wait of
// calls does not depend on the rate. With d the demand, it is d + Reserve·sqrt(d): many
// calls smooth each other out, so that each of many replicas carries more than one
// alone. Above the highest demand t of arrivals in the load test, the gain is untested:
// there each replica carries the same as at t, which gives d + Reserve·sqrt(t)·d/t.
//
// Source: Halfin, Whitt, "Heavy-traffic limits for queues with many exponential
// servers", Operations Research 29(3), 1981.
func (m *Model) Staffed(x Vector) float64 {
	d := m.demand(x)
	if x.Kind() == Open {
		t := math.Max(m.highest()*m.Service, leastDemand)
		d += m.Reserve * math.Sqrt(d) * math.Sqrt(math.Max(1, d/t))
	}
	return d
}

// highest returns the highest rate of arrivals in the load test: the most that
// its replicas carried or, if nobody counted them, the highest rate of all runs.
func (m *Model) highest() float64 {
	if n := len(m.Carry); n > 0 {
		return m.Carry[n-1]
	}
	return m.High[Rate]
}

// Columns is the number of columns of the forest.
const Columns = Features + 2

// AppendColumns appends a row of the forest: the standardised features, the calls
// in progress per caller, and the kind of the load. A rate of arrivals above the
// load test is replaced by the highest of the test, so that what a replica carries
// does not change with the rate any more.
func (m *Model) AppendColumns(dst []float32, x Vector) []float32 {
	kind := x.Kind()
	if kind == Open {
		x[Rate] = math.Min(x[Rate], m.highest())
	}
	for f, v := range x {
		dst = append(dst, float32((v-m.Mean[f])/m.Scale[f]))
	}
	busy := x.InProgress() / math.Max(x[callers], 1)
	return append(dst, float32(math.Min(busy, math.MaxFloat32)), float32(kind))
}
