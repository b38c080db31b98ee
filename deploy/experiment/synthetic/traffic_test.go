package synthetic

import (
	"math"
	"testing"
	"time"
)

// traffic is that of the record.
func traffic() Traffic { return Traffic{Functions: 1000, Step: 10 * time.Second, Seed: 1} }

func TestOneInAHundredFunctionsIsCalledInEachStep(t *testing.T) {
	tr, called := traffic(), 0
	const steps = 1000
	for step := range int64(steps) {
		for i := range tr.Functions {
			if tr.burst(i, 10*step).callers > 0 {
				called++
			}
		}
	}
	if share := float64(called) / steps / float64(tr.Functions); math.Abs(share-0.01) > 0.0005 {
		t.Errorf("%v of the functions are called in a step, want 0.01", share)
	}
}

func TestAFunctionOfEachKind(t *testing.T) {
	tr := traffic()
	// Timers are called every hundred steps, waves in each step, and the last ones never.
	var timer []int64
	for step := range int64(400) {
		if tr.burst(100, 10*step).callers > 0 {
			timer = append(timer, step)
		}
		if n := tr.burst(0, 10*step).callers; n < 1 || n > 4 {
			t.Errorf("a wave has %d callers in step %d", n, step)
		}
		if tr.burst(999, 10*step).callers > 0 {
			t.Errorf("a function that sleeps is called in step %d", step)
		}
	}
	if len(timer) != 4 || timer[1]-timer[0] != 100 || timer[3]-timer[2] != 100 {
		t.Errorf("a timer is called in steps %v", timer)
	}
	if tr.burst(0, 0).callers == tr.burst(0, 10*wavePeriod/2).callers && tr.burst(0, 50).callers == tr.burst(0, 50+10*wavePeriod/2).callers {
		t.Error("a wave has as many callers half a period later")
	}
}

func TestCallsEndWithinTheirStep(t *testing.T) {
	tr := traffic()
	begin := time.Unix(100_000, 0)
	open := map[int]int{}
	last := begin
	for _, m := range tr.moves(begin) {
		if m.at.Before(last) || !m.at.Before(begin.Add(tr.Step)) {
			t.Fatalf("a move at %v, after one at %v, in the step from %v", m.at, last, begin)
		}
		last = m.at
		if m.ends {
			open[m.function] -= m.calls
		} else {
			open[m.function] += m.calls
		}
		if open[m.function] < 0 {
			t.Fatalf("function %d ends a call that has not begun", m.function)
		}
	}
	for i, n := range open {
		if n != 0 {
			t.Errorf("function %d has %d calls at the end of the step", i, n)
		}
	}
}

func TestTheSeedChoosesTheCalls(t *testing.T) {
	same, other := traffic(), traffic()
	other.Seed = 2
	differ := false
	for i := range 1000 {
		if traffic().burst(i, 500) != same.burst(i, 500) {
			t.Fatal("the same seed has other calls")
		}
		differ = differ || same.burst(i, 500) != other.burst(i, 500)
	}
	if !differ {
		t.Error("another seed has the same calls")
	}
}
