package hpa

import "time"

// SyncPeriod is the time between two syncs of an object, Kubernetes' default.
const SyncPeriod = 15 * time.Second

// DefaultTolerance is the tolerance of Kubernetes, up and down, which applies if
// the object has none.
const DefaultTolerance = 0.1

// Controller is the autoscaler of one object. New sets the defaults; the fields may
// be changed before the first Sync. It is not safe for concurrent use.
type Controller struct {
	Min, Max  int // bounds of the replicas
	Tolerance Tolerance
	Up, Down  Rules

	recommendations []replicasAt // before stabilisation, in the order of time
	changes         []replicasAt // of the scale, in the order of time
}

// New returns a controller of an object with the given bounds and the default rules
// of Kubernetes.
func New(minimum, maximum int) *Controller {
	return &Controller{
		Min: minimum, Max: maximum, Up: DefaultUp(), Down: DefaultDown(),
		Tolerance: Tolerance{Up: DefaultTolerance, Down: DefaultTolerance},
	}
}

// Metric proposes replicas, given the current ones. Its error, such as ErrNoMetrics,
// means that the metric cannot be read now.
type Metric func(current int, tolerance Tolerance) (int, error)

// Sync makes one decision and returns the replicas that the controller sets. now
// must not go back from one call to the next.
//
// The largest proposal counts. If a metric fails nothing is scaled in, and if all
// fail nothing is scaled. An object with zero replicas is switched off and stays as
// it is, unless Min is 0. One outside of Min and Max is set to the nearer bound.
func (c *Controller) Sync(now time.Time, current int, metrics ...Metric) int {
	if len(c.recommendations) == 0 {
		c.recommendations = append(c.recommendations, replicasAt{now, current})
	}
	desired := current
	switch {
	case current == 0 && c.Min > 0:
		return 0
	case current > c.Max:
		desired = c.Max
	case current < c.Min:
		desired = c.Min
	default:
		proposal, ok := c.propose(current, metrics)
		if !ok {
			return current
		}
		desired = c.limit(now, current, c.clamp(c.stabilize(now, current, proposal)))
	}
	if desired != current {
		c.remember(now, desired-current)
	}
	return desired
}

// clamp returns n within the bounds of the object.
func (c *Controller) clamp(n int) int { return max(c.Min, min(n, c.Max)) }

// propose returns the largest proposal, and false if it must not be followed: if
// all metrics failed, or if one failed and the others would scale in.
func (c *Controller) propose(current int, metrics []Metric) (int, bool) {
	most, failed := 0, 0
	for _, m := range metrics {
		n, err := m(current, c.Tolerance)
		if err != nil {
			failed++
			continue
		}
		most = max(most, n)
	}
	return most, failed < len(metrics) && (failed == 0 || most >= current)
}
