package policy

import (
	"fmt"
	"math"
	"time"
)

// ColdStartCost states the cost of a cold start in idle time: one for which a call
// waits for Start costs as much as one replica that idles for Idle. "A cold start
// of 2 s costs as much as 30 replica-minutes" is
// ColdStartCost{2 * time.Second, 30 * time.Minute}.
type ColdStartCost struct{ Start, Idle time.Duration }

// Ratio returns the cost ratio of a function with the given readiness time, for
// decisions in steps of the given length. The cost of a cold start grows in
// proportion to the wait:
//
//	ratio = step / (Idle * readiness / Start)
//
// The slower a function starts, the lower its ratio and the longer it is kept warm.
// The result is bounded by LeastRatio and MostRatio: MostRatio if a start takes no
// time and no idle replica is worth its cost. Ratio returns an error if Start, Idle
// or step is not positive, or if readiness is negative.
func (c ColdStartCost) Ratio(readiness, step time.Duration) (float64, error) {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"start time of a cold start", c.Start}, {"idle time that costs as much as a cold start", c.Idle}, {"step", step}} {
		if d.value <= 0 {
			return 0, fmt.Errorf("policy: %s must be positive, was: %v", d.name, d.value)
		}
	}
	if readiness < 0 {
		return 0, fmt.Errorf("policy: readiness time must not be negative, was: %v", readiness)
	}
	idle := c.Idle.Seconds() * readiness.Seconds() / c.Start.Seconds()
	if idle == 0 {
		return MostRatio, nil
	}
	return math.Min(math.Max(step.Seconds()/idle, LeastRatio), MostRatio), nil
}
