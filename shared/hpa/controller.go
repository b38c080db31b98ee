package hpa

import "time"

// SyncPeriod is the time between two looks of the controller at an object.
const SyncPeriod = 15 * time.Second

// DefaultTolerance is the controller's, where the object has none.
const DefaultTolerance = 0.1

// Controller is one HorizontalPodAutoscaler.
type Controller struct {
	Min, Max  int
	Tolerance Tolerance
	Up, Down  Rules

	recommendations []record // before stabilisation, in the order of time
	changes         []record // of the scale, in the order of time
}

// New returns a controller with the defaults of Kubernetes.
func New(minimum, maximum int) *Controller {
	return &Controller{
		Min: minimum, Max: maximum, Up: DefaultUp(), Down: DefaultDown(),
		Tolerance: Tolerance{Up: DefaultTolerance, Down: DefaultTolerance},
	}
}

// Metric proposes replicas for the current ones, or says why it cannot.
type Metric func(current int, tolerance Tolerance) (int, error)

// Sync returns the replicas that the controller sets. The largest proposal
// counts. Where a metric fails nothing is scaled in, and where all fail nothing
// is scaled. An object at zero replicas is left alone.
func (c *Controller) Sync(now time.Time, current int, metrics ...Metric) int {
	if len(c.recommendations) == 0 {
		c.recommendations = append(c.recommendations, record{now, current})
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

func (c *Controller) clamp(n int) int { return max(c.Min, min(n, c.Max)) }

// propose returns the largest proposal, and false where none may be followed.
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
