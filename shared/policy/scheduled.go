package policy

import (
	"fmt"

	"prewarm/shared/event"
)

// Scheduled are the bounds of a schedule for a decision. They hold whatever the forecast says,
// also if there is none or if the last step has no data, and no rate of change limits them. The
// function's own limits are stronger, and so is what other controllers impose.
type Scheduled struct {
	AtMost *Limit // nil for none
	// AtLeast is nil for none. It is stronger than AtMost: it is above that only for a period
	// that begins before a later decision could add its replicas.
	AtLeast *Limit
	// Until is when AtLeast ends, in Unix seconds.
	Until int64
}

// applySchedule applies the bounds of the schedule.
func (ch *choice) applySchedule(s State) {
	if s.Schedule == nil {
		return
	}
	if most := s.Schedule.AtMost; most != nil {
		ch.atMost(most.Replicas, boundScheduleMost)
	}
	if least := s.Schedule.AtLeast; least != nil {
		ch.atLeast(least.Replicas, boundScheduleLeast)
	}
}

// hold keeps the current replicas, within the schedule: it needs no data.
func (ch *choice) hold(r rule, s State) {
	ch.rule = r
	if s.Schedule != nil {
		ch.applyLimits(s)
	}
}

// limits returns the fewest and the most replicas that schedule and limits of the function
// allow.
func (s State) limits() (least, most int) {
	least, most = s.Min, s.Max
	if s.Schedule == nil {
		return least, most
	}
	if l := s.Schedule.AtLeast; l != nil {
		least = max(least, min(l.Replicas, s.Max))
	}
	if m := s.Schedule.AtMost; m != nil {
		most = min(most, max(m.Replicas, least, s.MinActive))
	}
	return least, most
}

// scheduled reports whether the schedule keeps a replica in step h of a forecast.
func (s State) scheduled(h int, f *event.Forecast) bool {
	if s.Schedule == nil || s.Schedule.AtLeast == nil {
		return false
	}
	return s.Schedule.AtLeast.Replicas > 0 && f.Origin+int64(h)*int64(f.StepSeconds) < s.Schedule.Until
}

// scheduleReason states the bounds of the schedule that have not changed the decision. Those
// that have are among its bounds.
func (ch *choice) scheduleReason(s State) string {
	if s.Schedule == nil || ch.rule == ruleCalls {
		return ""
	}
	text := ""
	if least := s.Schedule.AtLeast; least != nil && !ch.changedBy(boundScheduleLeast) {
		text += fmt.Sprintf("; the schedule wants at least %d %s", least.Replicas, least.Why)
	}
	if most := s.Schedule.AtMost; most != nil && !ch.changedBy(boundScheduleMost) {
		text += fmt.Sprintf("; the schedule wants at most %d %s", most.Replicas, most.Why)
	}
	return text
}

// changedBy reports whether a bound has changed the number of replicas.
func (ch *choice) changedBy(b bound) bool {
	for _, x := range ch.bounds {
		if x.bound == b {
			return true
		}
	}
	return false
}
