package event

import (
	"fmt"
	"math"
	"sort"
)

// MaxCarry bounds the replicas of a Capacity.
const MaxCarry = 100

// maxModel bounds Capacity.Model: a name, a space and a version.
const maxModel = MaxModelName + 33

// Capacity is the calls per second that so many replicas of a function carry: within an
// objective of latency and errors by the replica model of a load test, or as the owner of
// the function states it (Stated).
type Capacity struct {
	Model string    `json:"model"` // name and version of the replica model, or the label of the owner's statement
	From  float64   `json:"from"`  // calls per second, the lowest rate that was tested
	Carry []float64 `json:"carry"` // calls per second that 1, 2, ... replicas carry, not descending
}

// Stated returns the capacity of which the owner of a function says that each replica
// carries rate calls per second, however many there are. by names the statement.
func Stated(rate float64, by string) *Capacity {
	return &Capacity{Model: by, From: rate, Carry: []float64{rate}}
}

// Most returns the highest rate that was tested, in calls per second.
func (c *Capacity) Most() float64 { return c.Carry[len(c.Carry)-1] }

// Load returns the load of a rate, in replicas and not rounded up to a need. rate is in
// calls per second; little is the same load by Little's law.
//
// Within the tested rates, it interpolates between the replicas that do not carry the
// rate and those that do. Outside of them Little's law holds, with bounds that keep the
// load monotonic: below, the load is at most that of the lowest tested rate. Above, it
// is at least that of the highest tested rate, and no replica carries more than Each.
func (c *Capacity) Load(rate, little float64) float64 {
	switch {
	case rate < c.From:
		return min(little, c.at(c.From))
	case rate > c.Most():
		return max(little, float64(len(c.Carry)), rate/c.Each())
	}
	return c.at(rate)
}

// Each returns the highest rate that one replica carried in any test, in calls per
// second.
func (c *Capacity) Each() float64 {
	most := 0.0
	for i, rate := range c.Carry {
		most = max(most, rate/float64(i+1))
	}
	return most
}

// at interpolates linearly between the most replicas that do not carry rate and the
// fewest that do. rate must not be above Most.
func (c *Capacity) at(rate float64) float64 {
	n := sort.SearchFloat64s(c.Carry, rate)
	below := 0.0
	if n > 0 {
		below = c.Carry[n-1]
	}
	return float64(n) + (rate-below)/(c.Carry[n]-below)
}

// Tested reports whether the load test found what n replicas carry. It did not if n
// replicas failed even the lowest rate.
func (c *Capacity) Tested(n int) bool {
	return n >= 1 && n <= len(c.Carry) && c.Carry[n-1] >= c.From
}

func (c *Capacity) validate() error {
	switch {
	case len(c.Model) == 0 || len(c.Model) > maxModel:
		return fmt.Errorf("capacity.model must have 1 to %d characters, had: %d", maxModel, len(c.Model))
	case len(c.Carry) == 0 || len(c.Carry) > MaxCarry:
		return fmt.Errorf("capacity.carry must have 1 to %d numbers, had: %d", MaxCarry, len(c.Carry))
	case !(c.From > 0 && c.From <= c.Most()):
		return fmt.Errorf("capacity.from must be above 0 and at most the last of carry, was: %v", c.From)
	}
	below := 0.0
	for i, v := range c.Carry {
		if !(v >= below) || math.IsInf(v, 0) {
			return fmt.Errorf("capacity.carry[%d] must be finite, at least 0 and no less than the one before, was: %v", i, v)
		}
		below = v
	}
	return nil
}
