package policy

import (
	"fmt"
	"math"
	"time"
)

// Hurt says what a cold start costs: one in which a call waits for Start hurts
// as much as keeping one replica idle for Idle. "A cold start of 2 s hurts as
// much as 30 replica-minutes" is Hurt{2 * time.Second, 30 * time.Minute}.
type Hurt struct{ Start, Idle time.Duration }

// Ratio returns the cost ratio of a function whose replicas take start to be
// ready, decided on in steps of the given length. The hurt grows in proportion
// to the wait:
//
//	ratio = step / (Idle * start / Start)
//
// so the slower a function starts, the lower its ratio and the longer it is
// kept warm. The result is bounded by LeastRatio and MostRatio: a start that
// takes no time is never worth an idle replica. Ratio returns an error where
// Start, Idle or step is not positive or start is negative.
func (h Hurt) Ratio(start, step time.Duration) (float64, error) {
	for _, d := range []struct {
		name  string
		value time.Duration
		zero  bool
	}{{"start time of the cold start that hurts", h.Start, false}, {"idle time that it equals", h.Idle, false}, {"step", step, false}, {"start time", start, true}} {
		if d.value < 0 || d.value == 0 && !d.zero {
			return 0, fmt.Errorf("policy: %s must be positive, was: %v", d.name, d.value)
		}
	}
	idle := h.Idle.Seconds() * start.Seconds() / h.Start.Seconds()
	if idle == 0 {
		return MostRatio, nil
	}
	return math.Min(math.Max(step.Seconds()/idle, LeastRatio), MostRatio), nil
}

// Idle returns the idle time of one replica that a cold start equals at a cost
// ratio: what Ratio says, read the other way round. It panics if ratio or step
// is not positive.
func Idle(ratio float64, step time.Duration) time.Duration {
	if !(ratio > 0) || step <= 0 {
		panic("policy: ratio and step must be positive")
	}
	return time.Duration(float64(step) / ratio)
}
