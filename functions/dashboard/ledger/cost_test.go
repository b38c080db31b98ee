package ledger

import (
	"encoding/json"
	"testing"

	"prewarm/shared/event"
)

// By hand. Keep-alive of a minute, replicas of 128 MiB that take 4 s to start:
//
//	minute      0 1 2 3 4
//	needed      0 2 0 0 1
//	keep-alive  0 0 2 0 0   idle 2, cold 2 + 1
//	prewarm     1 1 0 3 1   idle 1 + 3, cold 1
func TestWhatIdleMemoryAndWaitsCost(t *testing.T) {
	l := New(60, 1, 9)
	needs, warm := []int{0, 0, 2, 0, 0, 1}, []int{1, 1, 0, 3, 1, 0}
	for i := range needs {
		in := event.Inputs{Settled: []int32{int32(needs[i])}, MemoryBytes: 128 << 20, ReadinessSeconds: 4, ReadinessMeasured: true, Started: i % 2}
		if i == 0 {
			in.Started = -1
		}
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "a.ns", Step: int64(6000 + 60*i), Mode: "active", Current: warm[i], Applied: -1, Observed: -1, Inputs: in,
		}}})
	}
	got := total(l)
	if want := 4 * 60 * 0.125; got.Memory.Float() != want || got.MemorySteps != 5 {
		t.Errorf("idle memory: got %v GB-s, want %v", got.Memory.Float(), want)
	}
	if want := 2 * 60 * 0.125; got.MemoryKeepAlive.Float() != want {
		t.Errorf("idle memory of keep-alive: got %v GB-s, want %v", got.MemoryKeepAlive.Float(), want)
	}
	if got.Wait.Float() != 1*4 || got.WaitKeepAlive.Float() != 3*4 || got.WaitSteps != 5 {
		t.Errorf("waits: got %v s and %v s with keep-alive", got.Wait.Float(), got.WaitKeepAlive.Float())
	}
	// Decisions 1, 3 and 5 find a replica more: it appeared in the minute before each.
	if got.Started != 3 || got.StartedSteps != 5 {
		t.Errorf("starts: got %d in %d steps", got.Started, got.StartedSteps)
	}
	text, err := json.Marshal(got.Wait)
	if err != nil || string(text) != "4" {
		t.Errorf("got %s, %v", text, err)
	}
}

// What is not known is not zero: the steps are counted apart.
func TestUnknownMemoryAndReadinessAreNoSavings(t *testing.T) {
	l := New(60, 1, 9)
	replay(l, "a.ns", "active", []int{0, 0, 1, 0}, []int{1, 0, 1, 1})
	_, list := l.Sum(60)
	got := list[0]
	if got.Active.Steps != 3 || got.Active.MemorySteps+got.Active.WaitSteps+got.Active.StartedSteps != 0 || !got.MemoryUnknown() || !got.WaitUnknown() {
		t.Errorf("got %+v", got)
	}
}
