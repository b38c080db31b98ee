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
	"sync"
	"time"

	"prewarm/shared/policy"
)

// Schedule is a list of periods. nil bounds nothing. It is safe for concurrent use.
type Schedule struct {
	periods []period

	mu    sync.Mutex
	known map[int64]moment // by the begin of the minute: functions of one schedule ask for the same minutes
}

// maxKnown bounds the minutes that are kept.
const maxKnown = 128

// At returns the bounds for a decision at now, nil if there are none. Replicas that the
// decision adds are to be ready by the time that a later decision could add them, which is
// lead later: periods that begin until then count with their minimum already, as far as the
// maximum of their own time allows. The maximum is that of now.
func (s *Schedule) At(now time.Time, lead time.Duration) *policy.Scheduled {
	if s == nil || len(s.periods) == 0 {
		return nil
	}
	present := s.at(now)
	bounds := policy.Scheduled{AtLeast: present.least, AtMost: present.most, Until: present.until}
	for m := now.Truncate(time.Minute).Add(time.Minute); !m.After(now.Add(lead)); m = m.Add(time.Minute) {
		coming := s.at(m)
		if coming.ahead != nil && (bounds.AtLeast == nil || coming.ahead.Replicas > bounds.AtLeast.Replicas) {
			bounds.AtLeast, bounds.Until = coming.ahead, coming.until
		}
	}
	if bounds.AtLeast == nil && bounds.AtMost == nil {
		return nil
	}
	return &bounds
}

// moment is what the periods state in one minute. It is not changed once made.
type moment struct {
	least *policy.Limit // minimum, as far as the maximum allows; nil for none
	ahead *policy.Limit // the same for a decision before
	most  *policy.Limit // nil for none
	until int64         // end of the minimum, in Unix seconds
}

// at returns what the periods state in the minute of a time.
func (s *Schedule) at(t time.Time) moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	minute := t.Truncate(time.Minute)
	m, known := s.known[minute.Unix()]
	if !known {
		m = s.in(minute)
		if s.known == nil || len(s.known) >= maxKnown {
			s.known = map[int64]moment{}
		}
		s.known[minute.Unix()] = m
	}
	return m
}

// in returns what the periods state in a minute.
func (s *Schedule) in(minute time.Time) moment {
	var least, most *occurrence
	for i := range s.periods {
		o, open := s.periods[i].occurrence(minute)
		if open && o.min > 0 && (least == nil || o.min > least.min) {
			least = &o
		}
		if open && o.max < noMax && (most == nil || o.max < most.max) {
			most = &o
		}
	}
	var m moment
	if most != nil {
		m.most = &policy.Limit{Replicas: most.max, Why: most.String()}
	}
	if least != nil {
		replicas, held := least.min, ""
		if most != nil && most.max < replicas {
			replicas, held = most.max, ", held back by a smaller maximum"
		}
		m.least = &policy.Limit{Replicas: replicas, Why: least.String() + held}
		m.ahead = &policy.Limit{Replicas: replicas, Why: least.from(minute) + held}
		m.until = least.ends().Unix()
	}
	return m
}

// noMax is the maximum of a period that has none.
const noMax = math.MaxInt
