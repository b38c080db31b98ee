package capacity

import "math"

// A closed loop is told by its callers: each has a call under way at all times,
// so that the calls in progress are as many as they are, but for what the
// percentiles leave open.
const (
	closedLeast  = 0.85 // calls in progress over callers, at least
	closedMost   = 1.1  // and at most
	closedSpread = 2.5  // 90th over 10th percentile of the latency: all wait alike
	closedErrors = 0.01 // share of failed calls
)

// inProgress returns the calls in progress by Little's law, rate x mean latency,
// with the mean taken from the percentiles below the tail.
func inProgress(x Vector) float64 {
	return x[rate] * (x[p10] + x[p50] + x[p75] + x[p90]) / 4
}

// kind is what tells the loads apart that a replica carries differently much of.
type kind int

const (
	open   kind = iota // calls arrive whether or not earlier ones were answered
	closed             // callers call again as soon as they are answered
	kinds              // number of kinds
)

// kindOf returns what x looks like.
func kindOf(x Vector) kind {
	busy := inProgress(x)
	if busy > closedLeast*x[callers] && busy < closedMost*x[callers] &&
		x[p90] < closedSpread*x[p10] && x[errorShare] < closedErrors {
		return closed
	}
	return open
}

// leastDemand is the demand of no calls.
const leastDemand = 1e-6

// demand returns the calls that want service at the same time, above 0: the
// callers of a closed loop, otherwise the arrivals within one time of service,
// which is the latency of a call that does not wait. It does not depend on the
// replicas that happened to serve them.
func demand(x Vector, service float64) float64 {
	if kindOf(x) == closed {
		return math.Max(x[callers], leastDemand)
	}
	return math.Max(x[rate]*service, leastDemand)
}

// staffed adds to the demand of arrivals what keeps their waits alike as they
// grow in number, d + reserve*sqrt(d): many calls smooth each other out, so that
// each of many replicas carries more than one alone. How far that goes is known
// from the load test only: above the highest demand t of its arrivals each carries
// as much as there, d + reserve*sqrt(t)*d/t.
//
// Source: Halfin, Whitt, "Heavy-traffic limits for queues with many exponential
// servers", Operations Research 29(3), 1981.
func (m *Model) staffed(x Vector) float64 {
	d := demand(x, m.service)
	if kindOf(x) == open {
		t := math.Max(m.highest()*m.service, leastDemand)
		d += m.reserve * math.Sqrt(d) * math.Sqrt(math.Max(1, d/t))
	}
	return d
}

// columns is the number of columns that the forest sees.
const columns = Features + 2

// appendColumns appends the standardised features, the calls in progress of each
// caller and the kind of the load. More arrivals than were tested look like the
// most that were, so that what a replica carries does not change with their number.
func (m *Model) appendColumns(dst []float32, x Vector) []float32 {
	kind := kindOf(x)
	if kind == open {
		x[rate] = math.Min(x[rate], m.highest())
	}
	for f, v := range x {
		dst = append(dst, float32((v-m.mean[f])/m.scale[f]))
	}
	busy := inProgress(x) / math.Max(x[callers], 1)
	return append(dst, float32(math.Min(busy, math.MaxFloat32)), float32(kind))
}
