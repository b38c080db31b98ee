package event

import (
	"math"
	"strings"
	"testing"
)

// tested returns a load test from 4 to 90 calls per second: one replica carries 20, two
// carry 45, three carry 90.
func tested() *Capacity { return &Capacity{Model: "resize 1", From: 4, Carry: []float64{20, 45, 90}} }

func TestALoadFollowsTheLoadTest(t *testing.T) {
	for _, c := range []struct {
		cause              string
		rate, little, want float64
	}{
		{"below the tested rates: Little's law", 1, 0.04, 0.04},
		{"below the tested rates: at most what the lowest one needs", 2, 7, 0.2},
		{"half of the rate that one replica carries", 10, 0.4, 0.5},
		{"the rate that one replica carries", 20, 0.8, 1},
		{"a little more needs a second replica", 25, 1, 1.2},
		{"between two and three", 67.5, 2.7, 2.5},
		{"the highest tested rate", 90, 3.6, 3},
		{"above it, a replica carries at most 30", 200, 5, 20. / 3},
		{"above it, Little's law if its load is larger", 200, 8, 8},
		{"a little above it: at least what the highest rate needs", 95, 0.5, 95. / 30},
	} {
		if got := tested().Load(c.rate, c.little); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: got %v, want %v", c.cause, got, c.want)
		}
	}
}

// FuzzLoad compares the loads of two rates for any load test. The higher rate never takes
// fewer replicas, and above the tested rates no replica carries more than in any test.
func FuzzLoad(f *testing.F) {
	f.Add(4.0, 20.0, 25.0, 45.0, 10.0, 200.0, 25.0)
	f.Add(30.0, 0.0, 0.0, 40.0, 35.0, 41.0, 1e6)
	f.Fuzz(func(t *testing.T, from, one, second, third, rate, higher, loadRate float64) {
		c := &Capacity{Model: "m", From: from, Carry: []float64{one, one + second, one + second + third}}
		if c.validate() != nil || !(rate >= 0 && rate <= higher && higher <= 1e9) || !(loadRate >= 1e-6 && loadRate <= 1e9) || c.Most() < 1e-6 {
			t.Skip()
		}
		low, high := c.Load(rate, rate/loadRate), c.Load(higher, higher/loadRate)
		if low > high*(1+1e-12) {
			t.Errorf("%+v: %v calls/s take %v replicas, %v take %v", c, rate, low, higher, high)
		}
		if higher > c.Most() && higher/high > c.Each()*(1+1e-12) {
			t.Errorf("%+v: %v calls/s on %v replicas are more than %v each", c, higher, high, c.Each())
		}
	})
}

func TestReplicasThatCarryNothingAreNotTested(t *testing.T) {
	hard := &Capacity{Model: "m", From: 30, Carry: []float64{0, 0, 40}} // 30/s needed three at once
	if hard.Tested(1) || hard.Tested(2) || !hard.Tested(3) || hard.Tested(4) || hard.Tested(0) {
		t.Error("only three replicas carried the lowest rate")
	}
	if got := hard.Load(35, 1.4); got < 2 || got > 3 {
		t.Errorf("35 calls/s need three replicas, got %v", got)
	}
}

func TestTheBoundsOfACapacityAreNamed(t *testing.T) {
	good := tested()
	good.Model = strings.Repeat("n", MaxModelName) + " 0123456789ab"
	if err := good.validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Capacity){
		"capacity.model must have":        func(c *Capacity) { c.Model = "" },
		"capacity.carry must have":        func(c *Capacity) { c.Carry = nil },
		"capacity.carry must have 1":      func(c *Capacity) { c.Carry = make([]float64, MaxCarry+1) },
		"capacity.from must be above 0":   func(c *Capacity) { c.From = 0 },
		"capacity.from must be above 0 a": func(c *Capacity) { c.From = 91 },
		"capacity.carry[1] must be":       func(c *Capacity) { c.Carry[1] = 19 },
		"capacity.carry[0] must be":       func(c *Capacity) { c.Carry[0] = math.NaN() },
		"capacity.carry[2] must be":       func(c *Capacity) { c.Carry[2] = math.Inf(1) },
	} {
		c := tested()
		change(c)
		if err := c.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
