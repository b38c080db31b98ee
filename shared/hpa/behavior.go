package hpa

import (
	"math"
	"time"
)

// Policy bounds the change within a period, by pods or by percent of the
// replicas at its begin.
type Policy struct {
	Pods    int
	Percent int // used where Pods is 0
	Period  time.Duration
}

// Rules are those of one direction. Of several policies the one that allows the
// largest change counts (selectPolicy Max).
type Rules struct {
	Window   time.Duration // stabilisation
	Policies []Policy
}

// DefaultUp and DefaultDown are the rules where the object has none.
func DefaultUp() Rules {
	return Rules{Policies: []Policy{{Percent: 100, Period: 15 * time.Second}, {Pods: 4, Period: 15 * time.Second}}}
}

// DefaultDown waits for the stabilisation of five minutes.
func DefaultDown() Rules {
	return Rules{Window: 300 * time.Second, Policies: []Policy{{Percent: 100, Period: 15 * time.Second}}}
}

// recommendation is what the metrics asked for at a time.
type recommendation struct {
	at       time.Time
	replicas int
}

// event is a change of the scale by the controller.
type event struct {
	at     time.Time
	change int
}

// stabilize returns the recommendation that the windows allow: on the way up the
// least of the window, on the way down the largest.
func (c *Controller) stabilize(now time.Time, current, desired int) int {
	up, down := desired, desired
	// What both windows have left behind is forgotten.
	for oldest := now.Add(-max(c.Up.Window, c.Down.Window)); len(c.recommendations) > 0 && !c.recommendations[0].at.After(oldest); {
		c.recommendations = c.recommendations[1:]
	}
	for _, r := range c.recommendations {
		if r.at.After(now.Add(-c.Up.Window)) {
			up = min(up, r.replicas)
		}
		if r.at.After(now.Add(-c.Down.Window)) {
			down = max(down, r.replicas)
		}
	}
	c.recommendations = append(c.recommendations, recommendation{now, desired})
	result := current
	if result < up {
		result = up
	}
	if result > down {
		result = down
	}
	return result
}

// limit applies the policies of the direction.
func (c *Controller) limit(now time.Time, current, desired int) int {
	switch {
	case desired > current:
		most := math.MinInt
		for _, p := range c.Up.Policies {
			begin := current - c.changed(now, p.Period, +1) + c.changed(now, p.Period, -1)
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
			begin := current + c.changed(now, p.Period, -1) - c.changed(now, p.Period, +1)
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

// changed returns the replicas added (sign +1) or removed (-1) within a period.
func (c *Controller) changed(now time.Time, period time.Duration, sign int) int {
	n := 0
	for _, e := range c.events {
		if e.at.After(now.Add(-period)) && e.change*sign > 0 {
			n += e.change * sign
		}
	}
	return n
}
