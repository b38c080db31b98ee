package ledger

import (
	"testing"

	"prewarm/shared/event"
)

// A call comes in the last of three steps. It finds no replica and starts one.
func TestACallBeforeTheDecisionOfItsStepIsAColdStart(t *testing.T) {
	woken := func(edit func(before, d *event.Decision)) Sums {
		l := New(60, 1, 9)
		decisions := []event.Decision{
			{Step: 6000, Inputs: event.Inputs{Settled: []int32{0}}},
			{Step: 6060, Inputs: event.Inputs{Settled: []int32{0}}},
			{Step: 6120, Current: 1, Inputs: event.Inputs{Settled: []int32{0}, Started: 1}},
			{Step: 6180, Current: 1, Inputs: event.Inputs{Settled: []int32{1}}},
		}
		for i := range decisions {
			decisions[i].Function, decisions[i].Mode, decisions[i].Actuator = "a.ns", "active", "gateway"
			decisions[i].Applied, decisions[i].Observed = -1, -1
		}
		edit(&decisions[1], &decisions[2])
		l.AddDecisions(&event.Decisions{Decisions: decisions})
		total, _ := l.Sum(60)
		return total.Active
	}
	for story, c := range map[string]struct {
		edit       func(before, d *event.Decision)
		cold, idle uint32
	}{
		"the call came first, so that the decision finds its replica": {func(_, _ *event.Decision) {}, 1, 0},
		"the decision came first":                                     {func(_, d *event.Decision) { d.Current, d.Inputs.Started = 0, 0 }, 1, 0},
		"the decision had started a replica":                          {func(_, d *event.Decision) { d.Current, d.Inputs.Started, d.Applied = 0, 0, 1 }, 0, 0},
		"the decision added one to that of the call":                  {func(_, d *event.Decision) { d.Applied = 2 }, 0, 0},
		"it was there before":                                         {func(before, _ *event.Decision) { before.Current = 1 }, 0, 1},
		"a controller that follows the decisions started it":          {func(_, d *event.Decision) { d.Actuator = "keda" }, 0, 0},
	} {
		if got := woken(c.edit); got.Cold != c.cold || got.Idle != c.idle || got.Steps != 3 {
			t.Errorf("%s: got %d cold starts, %d idle in %d steps, want %d and %d in 3", story, got.Cold, got.Idle, got.Steps, c.cold, c.idle)
		}
	}
}
