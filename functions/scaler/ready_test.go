package scaler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// Three replicas are added at 8:01, two of them are ready at 8:01:30 and the third at 8:03.
func TestADecisionStatesWhatWasNotReadyWhenItsStepBegan(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	f := w.functions[name]
	if d := w.minute(3); d.Inputs.NotReady != 3 || d.Applied != 3 {
		t.Errorf("all three are new: %+v", d)
	}
	w.now = w.now.Add(30 * time.Second)
	f.Available = 2
	w.scaler.starts.take(w.List(t.Context()))
	w.now = w.now.Add(-30 * time.Second)
	d := w.minute(3)
	if d.Inputs.NotReady != 1 || strings.Contains(d.Reason, "starting") {
		t.Errorf("one is still starting: %+v", d)
	}
	w.now = w.now.Add(time.Minute)
	f.Available = 3 // found by the list of the batch alone: halfway since the last one, it was ready
	w.post(w.seal(w.forecast(name, 3)), 200)
	if d := w.last(); d.Inputs.NotReady != 0 {
		t.Errorf("got %+v", d)
	}
	if !strings.Contains(w.exported(), `prewarm_ready_replicas{function_name="hello.openfaas-fn"} 3`+"\n") {
		t.Error(w.exported())
	}
}

// A late batch: the replica became ready after the step had begun.
func TestWhatBecameReadyWithinTheStepWasNotReadyWhenItBegan(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.minute(1)
	w.functions[name].Available = 0
	w.now = w.now.Add(58 * time.Second)
	w.scaler.starts.take(w.List(t.Context()))
	w.functions[name].Available = 1
	w.now = w.now.Add(22 * time.Second)
	w.post(w.seal(w.forecast(name, 1)), 200)
	if d := w.last(); d.Inputs.NotReady != 1 || d.Available != 1 {
		t.Errorf("got %+v", d)
	}
}

// A call wakes the function seconds after the step has begun, just before the batch. If the
// step before had calls, one of them has woken it.
func TestAReplicaThatACallOfTheStepWokeWasNotReadyBefore(t *testing.T) {
	for need, want := range map[int32]int{0: 1, 1: 0} {
		w := newWorld(t, openfaas.ModeActive)
		w.minute(0)
		w.functions[name].Replicas, w.functions[name].Available = 1, 1
		w.tick()
		f := w.forecast(name, 1)
		f.Recent = []int32{need}
		w.now = w.now.Add(9 * time.Second)
		w.post(w.seal(f), 200)
		if d := w.last(); d.Inputs.NotReady != want || d.Inputs.Started != 1 {
			t.Errorf("need %d in the step before: got %+v", need, d.Inputs)
		}
	}
}

// After a restart there is no history: what is ready now counts.
func TestAfterARestartTheReadyReplicasOfNowCount(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.minute(3)
	w.functions[name].Available = 2
	w.restart()
	if d := w.minute(3); d.Inputs.NotReady != 1 {
		t.Errorf("got %+v", d)
	}
}

func TestAFunctionWithoutAReadyReplicaSaysSo(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Replicas = 2
	w.functions[name].Available = 0
	expectReason(t, w.minute(2), "; no replica is ready: 2 of 2 are starting")
}

// Three calls came while two replicas start: the third replica is raised at once.
func TestCallsThatWaitForAReplicaAreServedAtOnce(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.functions[name].Replicas, w.functions[name].Available = 2, 0
	f := w.forecast(name, 0)
	f.InFlight = 3
	w.post(w.seal(f), 200)
	if d := w.last(); d.Applied != 3 || !strings.Contains(d.Reason, "3 calls wait for a replica") {
		t.Errorf("got %+v", d)
	}
}

func TestTheLogOfReadyReplicasIsBounded(t *testing.T) {
	var l readyLog
	begin := time.Unix(1_800_000_000, 0)
	for i := range 100 {
		l.observe([]openfaas.Function{{Name: name, Available: i}}, begin.Add(time.Duration(i)*time.Second))
	}
	if n := len(l.spans[name]); n != maxSpans {
		t.Errorf("%d spans", n)
	}
	for after, want := range map[time.Duration]int{97400 * time.Millisecond: 97, 97600 * time.Millisecond: 98, time.Hour: 99, 0: 84} {
		if got := l.at(name, begin.Add(after)); got != want {
			t.Errorf("after %v: got %d, want %d", after, got, want)
		}
	}
	l.forget(name)
	if got := l.at(name, begin); got != 0 || len(l.spans) != 0 {
		t.Errorf("got %d", got)
	}
}

// Functions come and go of which nothing is ever decided, such as those whose mode is off.
func TestTheLogForgetsFunctionsThatNoListHas(t *testing.T) {
	l, now := &readyLog{}, time.Unix(1_800_000_000, 0)
	for i := range 1000 {
		l.observe([]openfaas.Function{{Name: "stays.fn", Available: 1}, {Name: fmt.Sprintf("job-%d.fn", i), Available: 1}}, now)
		now = now.Add(time.Minute)
	}
	if n := len(l.spans); n > 100 {
		t.Errorf("%d functions are kept", n)
	}
	if l.at("stays.fn", now) != 1 {
		t.Error("a function that each list has is forgotten")
	}
	now = now.AddDate(-1, 0, 0) // the clock was wrong
	l.observe([]openfaas.Function{{Name: "stays.fn", Available: 1}}, now)
	if n := len(l.spans); n != 1 {
		t.Errorf("%d functions are kept that a wrong clock has seen", n)
	}
}

// Five replicas are ready. The gateway makes five of the nine that it is asked for.
func TestReplicasThatTheGatewayDoesNotStartAreNotStarting(t *testing.T) {
	w := on(t, openfaas.Community, nil)
	w.most, w.functions[name].Replicas, w.functions[name].Available = 5, 5, 5
	w.minute(5)
	if d := w.minute(9); d.Applied != 9 || d.Observed != 5 || d.Inputs.NotReady != 0 {
		t.Errorf("got %+v", d)
	}
}
