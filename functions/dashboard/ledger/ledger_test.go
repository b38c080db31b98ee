package ledger

import (
	"fmt"
	"testing"

	"prewarm/shared/event"
)

// replay gives the ledger one decision a minute: needs[i] is the need of the
// step before decision i, and warm[i] the replicas after it. The function may
// have at most five replicas.
func replay(l *Ledger, name, mode string, needs, warm []int) {
	for i := range needs {
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: name, Step: int64(6000 + 60*i), Mode: mode, Wanted: warm[i], Current: warm[i], Applied: -1, Observed: -1,
			Inputs: event.Inputs{Settled: []int32{int32(needs[i])}, Started: -1, Max: 5},
		}}})
	}
}

func TestPrewarmIsComparedWithKeepAlive(t *testing.T) {
	l := New(60, 2, 9)
	// Keep-alive first needs to know two needs. Of the five steps
	// after them:
	//
	//	needed      1 0 1 2 0
	//	keep-alive  0 1 1 1 2
	//	prewarm     0 0 1 3 0
	replay(l, "a.ns", "active", []int{0, 0, 1, 0, 1, 2, 0}, []int{0, 0, 0, 1, 3, 0, 0})
	total, list := l.Sum(60)
	want := Sums{Steps: 5, Skipped: 1, Need: 4, ColdKeepAlive: 1 + 1, Cold: 1, IdleKeepAlive: 1 + 2, Idle: 1, Saved: 1 + 2, Added: 1}
	if total.Active != want {
		t.Errorf("got %+v, want %+v", total.Active, want)
	}
	if total.Active.Avoided() != 1 || len(list) != 1 || list[0].Function != "a.ns" || list[0].Avoided() != 1 || total.Observe.Steps != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestStepsInModeObserveAreSummedApart(t *testing.T) {
	l := New(60, 1, 9)
	replay(l, "a.ns", "observe", []int{0, 0, 0, 1, 1}, []int{0, 1, 1, 1, 1})
	total, _ := l.Sum(60)
	if total.Active.Steps != 0 || total.Observe.ColdKeepAlive != 1 || total.Observe.Cold != 0 || total.Observe.Idle != 1 {
		t.Errorf("got %+v", total)
	}
	// What a decision would have added with the begin of a step would not have been ready then.
	l = New(60, 1, 9)
	replay(l, "a.ns", "observe", []int{0, 0, 2, 2}, []int{0, 2, 2, 2})
	if total, _ := l.Sum(60); total.Observe.ColdKeepAlive != 2 || total.Observe.Cold != 2 || total.Observe.Idle != 0 {
		t.Errorf("got %+v", total)
	}
}

func TestNeedsAboveTheLimitAreNoColdStarts(t *testing.T) {
	l := New(60, 1, 9)
	replay(l, "a.ns", "active", []int{0, 9, 9, 0}, []int{5, 5, 5, 0})
	total, _ := l.Sum(60)
	if want := (Sums{Steps: 3, Need: 10, ColdKeepAlive: 5, IdleKeepAlive: 5, Idle: 5}); total.Active != want {
		t.Errorf("got %+v, want %+v", total.Active, want)
	}
}

// The replicas that count are those closest to the truth that a decision states.
func TestReplicasAfterADecision(t *testing.T) {
	for _, c := range []struct {
		story string
		d     event.Decision
		want  int
	}{
		{"read back from the gateway", event.Decision{Mode: "active", Current: 1, Wanted: 4, Applied: 3, Observed: 2}, 2},
		{"applied, not read back", event.Decision{Mode: "active", Current: 1, Wanted: 4, Applied: 3, Observed: -1}, 3},
		{"nothing was applied", event.Decision{Mode: "active", Current: 1, Wanted: 4, Applied: -1, Observed: -1}, 1},
		{"only observed: what would have been", event.Decision{Mode: "observe", Current: 1, Wanted: 4, Applied: -1, Observed: 2}, 4},
		{"nothing is known", event.Decision{Mode: "active", Current: -1, Applied: -1, Observed: -1}, 0},
	} {
		if got := warmAfter(&c.d); got != c.want {
			t.Errorf("%s: got %d, want %d", c.story, got, c.want)
		}
	}
}

func TestUnknownAndSkippedStepsAreNotCounted(t *testing.T) {
	l := New(60, 2, 9)
	replay(l, "a.ns", "active", []int{0, 0, 0, -1, 0, 0, 0, 0}, make([]int, 8))
	if total, _ := l.Sum(60); total.Active.Steps != 3 || total.Active.Skipped != 4 {
		t.Errorf("an unmeasured step breaks off keep-alive for two more, and keep-alive begins with two: got %+v", total.Active)
	}
	late := event.Decision{Function: "a.ns", Step: 6000 + 60*20, Mode: "active", Inputs: event.Inputs{Settled: []int32{0, 0}}}
	l.AddDecisions(&event.Decisions{Decisions: []event.Decision{late, late}})
	if total, _ := l.Sum(60); total.Active.Steps != 3 || total.Active.Skipped != 5 {
		t.Errorf("nothing is known of the steps without a decision, nor of the one before them: got %+v", total.Active)
	}
}

func TestRangesEndAtTheNewestStep(t *testing.T) {
	l := New(60, 1, 9)
	n := 30 * 24 * 60
	needs := make([]int, n)
	for i := range needs {
		needs[i] = i / fineSteps % 2 // no two cells of five steps are equal
	}
	replay(l, "a.ns", "active", needs, make([]int, n))
	for name, want := range map[string]int64{"hour": 60, "day": 24 * 60, "week": 7 * 24 * 60} {
		total, _ := l.Sum(RangeSteps(name))
		// The newest cell of a range is not full yet.
		if got := int64(total.Active.Steps); got > want || got < want-hourSteps {
			t.Errorf("%s: got %d steps", name, got)
		}
	}
	if RangeSteps("year") != 0 {
		t.Error("a year is not a range")
	}
	if a := l.accounts["a.ns"]; len(a.hours.active) > hourCells+1 || len(a.fine.active) > fineCells+1 {
		t.Errorf("kept %d hours, %d parts of hours", len(a.hours.active), len(a.fine.active))
	}
}

func TestTheFirstCountedStepIsKnown(t *testing.T) {
	l := New(60, 1, 9)
	if l.Since() != 0 {
		t.Error("nothing is counted yet")
	}
	replay(l, "a.ns", "active", []int{0, 0, 0}, []int{0, 0, 0})
	// The first need is that of keep-alive; the step after decision 0 is counted.
	if got := l.Since(); got != 6000 {
		t.Errorf("got %d", got)
	}
}

func TestTheLedgerIsBounded(t *testing.T) {
	l := New(60, 1, 3)
	for i := range 9 {
		replay(l, fmt.Sprintf("f%d.ns", i), "active", []int{0, 0}, []int{0, 0})
	}
	if len(l.accounts) != 3 {
		t.Errorf("got %d", len(l.accounts))
	}
}
