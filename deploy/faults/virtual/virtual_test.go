package virtual

import (
	"fmt"
	"testing"

	"prewarm/deploy/faults/schedule"
)

// play injects drawn faults into a chain that has learned, and returns it with what was
// violated.
func play(t *testing.T, seed uint64, n int, cells []schedule.Cell) (*World, []string) {
	t.Helper()
	w, err := New(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	w.Learn(20)
	var found []string
	for _, round := range schedule.Draw(seed, n, cells) {
		_, violations := w.Round(round)
		for _, v := range violations {
			found = append(found, fmt.Sprintf("%v: %v", round, v))
		}
	}
	return w, found
}

// TestTheChainSurvives injects each kind of fault at this level once.
func TestTheChainSurvives(t *testing.T) {
	const seed = 4
	w, found := play(t, seed, len(schedule.VirtualCells()), schedule.VirtualCells())
	for _, text := range found {
		t.Error(text)
	}
	want, err := Reference(t.Context(), seed, w.Passed())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range w.Settle().Differs(want) {
		t.Error(v)
	}
}

// TestTheSameSeedIsTheSameStory compares what two chains decided.
func TestTheSameSeedIsTheSameStory(t *testing.T) {
	one, _ := play(t, 7, 10, schedule.VirtualCells())
	two, _ := play(t, 7, 10, schedule.VirtualCells())
	if len(one.Log.Decisions) == 0 || len(one.Log.Decisions) != len(two.Log.Decisions) {
		t.Fatalf("%d and %d decisions", len(one.Log.Decisions), len(two.Log.Decisions))
	}
	for i, d := range one.Log.Decisions {
		if o := two.Log.Decisions[i]; o.Function != d.Function || o.Step != d.Step || o.Wanted != d.Wanted || o.Applied != d.Applied {
			t.Fatalf("decision %d: %+v and %+v", i, d.Decision, o.Decision)
		}
	}
}
