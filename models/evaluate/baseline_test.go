package main

import (
	"math"
	"testing"
)

// past is an origin after the given counts.
func past(counts []int32) origin {
	var o origin
	o.window.Counts, o.window.StepSeconds = counts, 60
	return o
}

// timer is called every period steps, for the last time age steps ago.
func timer(n, period, age int) []int32 {
	counts := make([]int32, n)
	for i := n - 1 - age; i >= 0; i -= period {
		counts[i] = 1
	}
	return counts
}

func TestSeasonalNaiveRepeatsTheHour(t *testing.T) {
	s := seasonalNaive(past(timer(180, 60, 49)), nil)
	for i, p := range s.active {
		if (p == 1) != (i == 10) {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
}

func TestCrostonKnowsTheGapAndNotTheAge(t *testing.T) {
	for _, age := range []int{0, 15} {
		if p := croston(past(timer(1200, 20, age)), nil).active[0]; math.Abs(float64(p)-0.05) > 0.005 {
			t.Errorf("age %d: %v, want one in twenty", age, p)
		}
	}
	if p := croston(past(make([]int32, 100)), nil).active[0]; p != 0 {
		t.Errorf("never called: %v", p)
	}
}

func TestSmoothedBaselinesFadeInSilence(t *testing.T) {
	for name, state := range map[string]func(origin) float32{
		"tsb":       func(o origin) float32 { return tsb(o, nil).active[0] },
		"smoothing": func(o origin) float32 { return exponentialSmoothing(o, nil).active[0] },
	} {
		soon, late := state(past(timer(180, 1, 0))), state(past(timer(180, 1, 60)))
		if soon < 0.6 || late > 0.01 {
			t.Errorf("%s: %v while called in every step, %v an hour later", name, soon, late)
		}
	}
}

func TestRidgeLearnsAShortPeriod(t *testing.T) {
	s := ridge(past(timer(180, 10, 3)), nil)
	for i, p := range s.active {
		if due := (i+1+3)%10 == 0; due && p < 0.7 || !due && p > 0.2 {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
	if s := ridge(past(timer(40, 10, 3)), nil); math.IsNaN(float64(s.active[0])) {
		t.Error("a short past has no forecast")
	}
}
