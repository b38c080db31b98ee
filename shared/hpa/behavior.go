package hpa

import (
	"math"
	"slices"
	"time"
)

// Policy bounds how much the scale may change within a period, in pods or in
// percent of the replicas at the begin of the period.
type Policy struct {
	Pods    int
	Percent int // used if Pods is 0
	Period  time.Duration
}

// Rules are the behaviour in one direction. Of several policies the one that
// allows the largest change counts (selectPolicy Max).
type Rules struct {
	Window   time.Duration // stabilisation: how long a recommendation counts
	Policies []Policy
}

// DefaultUp returns the rules of Kubernetes for scaling out, which apply if the
// object has none: no stabilisation, and in 15 s the replicas may double or grow
// by 4, whichever is more.
func DefaultUp() Rules {
	return Rules{Policies: []Policy{{Percent: 100, Period: 15 * time.Second}, {Pods: 4, Period: 15 * time.Second}}}
}

// DefaultDown returns the rules of Kubernetes for scaling in: stabilisation over
// five minutes, then all replicas may go at once.
func DefaultDown() Rules {
	return Rules{Window: 300 * time.Second, Policies: []Policy{{Percent: 100, Period: 15 * time.Second}}}
}

// replicasAt is a number of replicas at a time: a recommendation, or a change of the
// scale, which is negative on the way down.
type replicasAt struct {
	at       time.Time
	replicas int
}

// since returns the part of records, which are in the order of time, that is
// later than a time.
func since(records []replicasAt, t time.Time) []replicasAt {
	for i, r := range records {
		if r.at.After(t) {
			return records[i:]
		}
	}
	return nil
}

// stabilize returns the recommendation that the windows allow: on the way up the
// smallest of the window, on the way down the largest. It remembers desired,
// which is the recommendation of now, and forgets those that no window reaches.
func (c *Controller) stabilize(now time.Time, current, desired int) int {
	up, down := desired, desired
	for _, r := range since(c.recommendations, now.Add(-c.Up.Window)) {
		up = min(up, r.replicas)
	}
	c.recommendations = since(c.recommendations, now.Add(-max(c.Up.Window, c.Down.Window)))
	for _, r := range since(c.recommendations, now.Add(-c.Down.Window)) {
		down = max(down, r.replicas)
	}
	c.recommendations = append(c.recommendations, replicasAt{now, desired})
	return min(max(current, up), down)
}

// limit returns the replicas that the policies of the direction allow.
func (c *Controller) limit(now time.Time, current, desired int) int {
	switch {
	case desired > current:
		most := math.MinInt
		for _, p := range c.Up.Policies {
			begin := current - c.changed(now, p.Period)
			allowed := begin + p.Pods
			if p.Pods == 0 {
				allowed = ceil(float64(begin) * (1 + float64(p.Percent)/100))
			}
			most = max(most, allowed)
		}
		return min(desired, max(most, current), c.Max)
	case desired < current:
		least := math.MaxInt
		for _, p := range c.Down.Policies {
			begin := current - c.changed(now, p.Period)
			allowed := begin - p.Pods
			if p.Pods == 0 {
				allowed = int(float64(begin) * (1 - float64(p.Percent)/100))
			}
			least = min(least, allowed)
		}
		return max(desired, min(least, current), c.Min)
	}
	return desired
}

// changed returns the replicas that were added within a period, less those that
// were removed.
func (c *Controller) changed(now time.Time, period time.Duration) int {
	n := 0
	for _, e := range since(c.changes, now.Add(-period)) {
		n += e.replicas
	}
	return n
}

// remember adds a change of the scale and forgets those that no policy reaches.
func (c *Controller) remember(now time.Time, change int) {
	var period time.Duration
	for _, p := range slices.Concat(c.Up.Policies, c.Down.Policies) {
		period = max(period, p.Period)
	}
	c.changes = append(since(c.changes, now.Add(-period)), replicasAt{now, change})
}
