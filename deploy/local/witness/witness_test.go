package witness

import (
	"math"
	"testing"
	"time"
)

var begin = time.Unix(1_800_000_000, 0)

// at returns the time that is x steps of a minute after the begin.
func at(x float64) time.Time { return begin.Add(time.Duration(x * float64(time.Minute))) }

// A call of a minute and a half begins in the middle of the second step, and two short ones
// come in the sixth. A replica is started by the first call, is released after the fourth
// step. Of two that are started at the begin of the sixth step, none is ready when it begins.
// A short call in the seventh finds one that is.
func TestARecordIsCountedStepByStep(t *testing.T) {
	var r Record
	r.Replicas("f", at(0), 0, 0)
	r.Call("f", at(1.5), at(3))
	r.Replicas("f", at(1.5).Add(time.Millisecond), 1, 0)
	r.Replicas("f", at(1.6), 1, 1)
	r.Replicas("f", at(4.1), 0, 0)
	r.Replicas("f", at(5.05), 2, 0)
	r.Replicas("f", at(5.1), 2, 1)
	r.Call("f", at(6.2), at(6.3))
	r.Call("f", at(5.5), at(5.6))
	r.Call("f", at(5.5), at(5.6))
	r.Call("g", at(0), at(9))

	want := []Step{
		{Begin: at(0)},
		{Begin: at(1), Calls: 1, Load: 0.5, Need: 1, Last: 1}, // cold
		{Begin: at(2), Load: 1, Need: 1, Last: 1, Ready: 1},
		{Begin: at(3), Last: 1, Ready: 1}, // idle
		{Begin: at(4)},
		{Begin: at(5), Calls: 2, Load: 0.2, Need: 1, Last: 2},           // cold, and one of two is idle
		{Begin: at(6), Calls: 1, Load: 0.1, Need: 1, Last: 2, Ready: 1}, // one of two is idle
	}
	got := r.Steps("f", at(0), at(7), time.Minute, 1)
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		want[i].Known = true
		got[i].Load = float64(int(got[i].Load*100+0.5)) / 100
		if got[i] != want[i] {
			t.Errorf("step %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
	// Keep-alive of one step has a replica in steps 2 and 3 alone.
	if sums, want := Sum(got, 1), (Sums{Steps: 6, Need: 4, Cold: 2, Idle: 3, ColdKeepAlive: 2, IdleKeepAlive: 1}); sums != want {
		t.Errorf("got %+v, want %+v", sums, want)
	}
	// Without the third step, the fourth has no keep-alive either.
	got[2].Known = false
	if sums, want := Sum(got, 1), (Sums{Steps: 4, Need: 3, Cold: 2, Idle: 2, ColdKeepAlive: 2}); sums != want {
		t.Errorf("got %+v, want %+v", sums, want)
	}
	if sums := Sum(got, 9); sums != (Sums{}) {
		t.Errorf("fewer steps than those of keep-alive: got %+v", sums)
	}
}

func TestAReplicaThatServesFourCallsIsNeededForFour(t *testing.T) {
	var r Record
	for range 5 {
		r.Call("f", at(0), at(1))
	}
	for concurrency, want := range map[float64]int{1: 5, 4: 2, 5: 1} {
		if got := r.Steps("f", at(0), at(1), time.Minute, concurrency)[0].Need; got != want {
			t.Errorf("%v calls at a time: %d replicas, want %d", concurrency, got, want)
		}
	}
}

func TestPhasesLieOnACircle(t *testing.T) {
	var r Record
	r.Call("f", at(0.9), at(2))
	r.Call("f", at(1.1), at(2))
	r.Call("g", at(0.2), at(2))
	r.Call("g", at(5.4), at(6))
	for function, want := range map[string]float64{"f": 0, "g": 0.3, "h": 0} {
		if got := r.Phase(function, time.Minute); math.Abs(got-want) > 1e-6 && math.Abs(got-want) < 1-1e-6 {
			t.Errorf("%s: got %v, want %v", function, got, want)
		}
	}
}

func TestTheRecordKnowsHowLateItWas(t *testing.T) {
	var r Record
	r.punctual(3 * time.Second)
	r.punctual(time.Second)
	if first, second := r.Late(), r.Late(); first != 3*time.Second || second != 0 {
		t.Errorf("got %v, %v", first, second)
	}
}

// A replica is stopped, and a call in the same step starts one again: the call has waited.
func TestAReplicaThatWasStoppedAndStartedInAStepWasCold(t *testing.T) {
	var r Record
	r.Replicas("f", at(0), 1, 1)
	r.Replicas("f", at(1.2), 0, 0)
	r.Call("f", at(1.5), at(1.7))
	r.Replicas("f", at(1.5), 1, 0)
	r.Replicas("f", at(1.6), 1, 1)
	for i, cold := range []int{0, 1, 0} {
		if got := r.Steps("f", at(0), at(3), time.Minute, 1)[i]; got.Cold() != cold || got.Last != 1 {
			t.Errorf("step %d: %d cold starts, want %d: %+v", i, got.Cold(), cold, got)
		}
	}
}
