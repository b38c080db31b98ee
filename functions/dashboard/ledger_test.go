package dashboard

import (
	"fmt"
	"testing"

	"prewarm/shared/event"
)

// story tells a ledger of decisions: needs[i] is what the step before decision
// i needed, warm[i] what stands after it.
func story(l *ledger, name, mode string, needs, warm []int) {
	for i := range needs {
		d := decision(name, int64(6000+60*i))
		d.Mode, d.Inputs.RecentNeed, d.Wanted, d.Current, d.Applied, d.Observed = mode, int32(needs[i]), warm[i], warm[i], -1, -1
		l.addDecisions(&event.Decisions{Decisions: []event.Decision{d}})
	}
}

func TestTheLedgerComparesWithKeepAlive(t *testing.T) {
	l := newLedger(60, 2, 9)
	// The first two needs are what keep-alive knows at first. Then it has
	// 0, 1, 1, 1 and 2 warm, prewarm 0, 0, 1, 3 and 0, and needed are 1, 0, 1, 2 and 0.
	needs := []int{0, 0, 1, 0, 1, 2, 0}
	warm := []int{0, 0, 0, 1, 3, 0, 0}
	story(l, "a.ns", "active", needs, warm)
	total, list := l.sum(60)
	want := tally{Steps: 5, Need: 4, ColdKeepAlive: 1 + 1, Cold: 1, IdleKeepAlive: 1 + 2, Idle: 0 + 0 + 1 + 0, Saved: 1 + 2, Added: 1}
	if total.Active != want {
		t.Errorf("got %+v, want %+v", total.Active, want)
	}
	if total.Active.Avoided() != 1 || len(list) != 1 || list[0].Function != "a.ns" || total.Observe.Steps != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestWhatWouldHaveBeenSavedIsKeptApart(t *testing.T) {
	l := newLedger(60, 1, 9)
	story(l, "a.ns", "observe", []int{0, 0, 1, 1}, []int{0, 1, 1, 1})
	total, _ := l.sum(60)
	if total.Active.Steps != 0 || total.Observe.ColdKeepAlive != 1 || total.Observe.Cold != 0 {
		t.Errorf("got %+v", total)
	}
}

func TestWhatAFunctionMayNotHaveIsNoColdStart(t *testing.T) {
	l := newLedger(60, 1, 9)
	story(l, "a.ns", "active", []int{0, 9, 9, 0}, []int{5, 5, 5, 0}) // at most 5
	total, _ := l.sum(60)
	if want := (tally{Steps: 3, Need: 10, ColdKeepAlive: 5, IdleKeepAlive: 5, Idle: 5}); total.Active != want {
		t.Errorf("got %+v, want %+v", total.Active, want)
	}
	var p past
	f, d := forecast("a.ns"), decision("a.ns", origin-60)
	f.Recent[len(f.Recent)-1], d.Observed = 9, 4
	p.addForecast(&f)
	p.addDecision(&d)
	if all := p.steps(); all[len(all)-1].cold() != 1 {
		t.Errorf("9 are needed, 5 allowed, 4 stand: got %d", all[len(all)-1].cold())
	}
}

func TestUnknownAndSkippedStepsAreNotScored(t *testing.T) {
	l := newLedger(60, 2, 9)
	story(l, "a.ns", "active", []int{0, 0, 0, -1, 0, 0}, []int{0, 0, 0, 0, 0, 0})
	if total, _ := l.sum(60); total.Active.Steps != 1 {
		t.Errorf("the step that nobody measured, and two after it, say nothing: got %d", total.Active.Steps)
	}
	late := decision("a.ns", 6000+60*20)
	late.Inputs.RecentNeed = 0
	l.addDecisions(&event.Decisions{Decisions: []event.Decision{late, late}})
	if total, _ := l.sum(60); total.Active.Steps != 1 {
		t.Errorf("got %d", total.Active.Steps)
	}
}

func TestRangesEndAtTheNewestStep(t *testing.T) {
	l := newLedger(60, 1, 9)
	n := 30 * 24 * 60
	needs, warm := make([]int, n), make([]int, n)
	story(l, "a.ns", "active", needs, warm)
	for name, want := range map[string]int64{"hour": 60, "day": 24 * 60, "week": 7 * 24 * 60} {
		total, _ := l.sum(rangeSteps(name))
		// The newest cell of a range is not full yet.
		if got := int64(total.Active.Steps); got > want || got < want-hourSteps {
			t.Errorf("%s: got %d steps", name, got)
		}
	}
	if a := l.accounts["a.ns"]; len(a.hours) > hourCells+1 || len(a.fine) > fineCells+1 {
		t.Errorf("kept %d hours, %d parts of hours", len(a.hours), len(a.fine))
	}
}

func TestTheLedgerIsBounded(t *testing.T) {
	l := newLedger(60, 1, 3)
	for i := range 9 {
		story(l, fmt.Sprintf("f%d.ns", i), "active", []int{0, 0}, []int{0, 0})
	}
	if len(l.accounts) != 3 {
		t.Errorf("got %d", len(l.accounts))
	}
}
