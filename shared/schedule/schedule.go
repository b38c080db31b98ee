// Package schedule bounds the replicas of a function by the time of day: at least three from
// Monday to Friday between 8 and 18, at most one at night.
//
// Parse reads a schedule, a list of periods that recur. The words are those of KEDA's cron
// trigger (https://keda.sh/docs/latest/scalers/cron), and minReplicaCount and
// maxReplicaCount those of its ScaledObject:
//
//   - timezone: Europe/Berlin
//     start: 0 8 * * 1-5
//     end: 0 18 * * 1-5
//     minReplicaCount: 3
//     maxReplicaCount: 10
//     excludedDates: [12-25, 2027-01-01]
//
// A period is a time on the clock on the wall of its time zone: from each time of start until
// the first time of end after it. A moment lies in a period if that clock shows a time within
// it. What the clock skips in spring is in no period, and a period that would begin or end
// there does so at the change. What the clock shows twice in autumn is in the period twice.
// No time zone changes within a minute, so that bounds change at whole minutes alone.
//
// Among periods at the same time, the largest minimum and the smallest maximum count. If the
// minimum is above the maximum, the maximum counts: it protects what the function calls.
package schedule

import (
	"math"
	"time"

	"prewarm/shared/policy"
)

// Schedule is a list of periods. The zero value bounds nothing. It is not changed after
// Parse, and safe for concurrent use.
type Schedule []period

// At returns the bounds for a decision at now, nil if there are none. Replicas that the
// decision adds are to be ready by the time that a later decision could add them, which is
// lead later: periods that begin until then count with their minimum already, as far as the
// maximum of their own time allows. The maximum is that of now.
func (s Schedule) At(now time.Time, lead time.Duration) *policy.Scheduled {
	if len(s) == 0 {
		return nil
	}
	present := s.at(now)
	bounds := policy.Scheduled{AtLeast: present.floor(), AtMost: present.ceiling(), Until: present.until()}
	for m := now.Truncate(time.Minute).Add(time.Minute); !m.After(now.Add(lead)); m = m.Add(time.Minute) {
		coming := s.at(m)
		if later := coming.floor(); later != nil && (bounds.AtLeast == nil || later.Replicas > bounds.AtLeast.Replicas) {
			later.Why = coming.least.from(m)
			bounds.AtLeast, bounds.Until = later, coming.until()
		}
	}
	if bounds.AtLeast == nil && bounds.AtMost == nil {
		return nil
	}
	return &bounds
}

// moment is what the periods state at one moment.
type moment struct {
	least, most *occurrence // nil for none
}

// at returns what the periods state at a moment.
func (s Schedule) at(t time.Time) (m moment) {
	for i := range s {
		o, open := s[i].occurrence(t)
		if !open {
			continue
		}
		if p := o.period; p.min > 0 && (m.least == nil || p.min > m.least.min) {
			m.least = &o
		}
		if p := o.period; p.max < noMax && (m.most == nil || p.max < m.most.max) {
			m.most = &o
		}
	}
	return m
}

// floor returns the minimum of a moment, as far as its maximum allows.
func (m moment) floor() *policy.Limit {
	switch {
	case m.least == nil:
		return nil
	case m.most != nil && m.most.max < m.least.min:
		return &policy.Limit{Replicas: m.most.max, Why: m.least.String() + ", held back by a smaller maximum"}
	}
	return &policy.Limit{Replicas: m.least.min, Why: m.least.String()}
}

// ceiling returns the maximum of a moment.
func (m moment) ceiling() *policy.Limit {
	if m.most == nil {
		return nil
	}
	return &policy.Limit{Replicas: m.most.max, Why: m.most.String()}
}

// until returns the end of the minimum in Unix seconds, 0 for none.
func (m moment) until() int64 {
	if m.least == nil {
		return 0
	}
	return m.least.ends().Unix()
}

// noMax is the maximum of a period that has none.
const noMax = math.MaxInt
