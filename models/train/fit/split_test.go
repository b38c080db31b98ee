package fit

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

func TestGroupsHaveTheStatedShares(t *testing.T) {
	var count [4]int
	for i := range 10_000 {
		count[GroupOf(fmt.Sprintf("azure2019/owner-%d", i))]++
	}
	for g, want := range map[Group]int{TestGroup: 2000, Calibration: 1000, FoldA: 3500, FoldB: 3500} {
		if count[g] < want-200 || count[g] > want+200 {
			t.Errorf("group %d has %d of 10000 owners, want about %d", g, count[g], want)
		}
	}
}

// Every published figure depends on the split, so that it must never change.
func TestGroupsNeverChange(t *testing.T) {
	var got []Group
	for i := range 12 {
		got = append(got, GroupOf(fmt.Sprintf("azure2019_single_day/f%03d", i)))
	}
	if want := []Group{FoldA, Calibration, TestGroup, FoldB, FoldA, TestGroup, FoldB, FoldB, FoldB, FoldB, TestGroup, FoldB}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTasksAreChecked(t *testing.T) {
	if _, err := Split(nil, nil); err == nil || !strings.Contains(err.Error(), "at least one of the 0 functions") {
		t.Errorf("got %v", err)
	}
	tasks := madeUp(40)
	tasks[7].Counts = tasks[7].Counts[:100]
	if err := checkLengths(tasks); err == nil || !strings.Contains(err.Error(), `"f7" must have at least 240 steps`) {
		t.Errorf("got %v", err)
	}
}

// Over the folds each owner is tested once, and trained on otherwise.
func TestFoldsTestEachOwnerOnce(t *testing.T) {
	for _, folds := range []int{2, 5} {
		var count [4]int
		for i := range 2000 {
			tested := 0
			for k := range folds {
				g := Fold(k, folds)(fmt.Sprintf("owner-%d", i))
				count[g]++
				if g == TestGroup {
					tested++
				}
			}
			if tested != 1 {
				t.Fatalf("owner %d is tested in %d of %d folds", i, tested, folds)
			}
		}
		others := 2000 * (folds - 1)
		for g, want := range map[Group]int{TestGroup: 2000, Calibration: others / 8, FoldA: others * 7 / 16, FoldB: others * 7 / 16} {
			if count[g] < want*8/10 || count[g] > want*12/10 {
				t.Errorf("%d folds: group %d has %d, want about %d", folds, g, count[g], want)
			}
		}
	}
}

func TestWithoutATestGroupNoOwnerIsTested(t *testing.T) {
	for i := range 1000 {
		if NoTestGroup(fmt.Sprintf("owner-%d", i)) == TestGroup {
			t.Fatalf("owner %d is tested", i)
		}
	}
}

// The functions that another fold tests are trained on, those of this fold are not.
func TestATrainingFollowsItsSplit(t *testing.T) {
	tasks, o := madeUp(60), small()
	o.Split = Fold(1, 3)
	want := trained(t, t.Context(), o, tasks, &memory{})
	for i := range tasks {
		if o.Split(tasks[i].Owner) == TestGroup {
			tasks[i].Counts = slices.Repeat([]int32{7}, len(tasks[i].Counts))
		}
	}
	if got := trained(t, t.Context(), o, tasks, &memory{}); !bytes.Equal(got, want) {
		t.Error("the model depends on functions that its fold tests")
	}
	o.Split = Fold(0, 3)
	if got := trained(t, t.Context(), o, tasks, &memory{}); bytes.Equal(got, want) {
		t.Error("another fold gives the same model")
	}
}

// With forests alone, LSTM and dense network predict the same for all windows, and
// the forests do not.
func TestForestsAloneHaveNoNetwork(t *testing.T) {
	o, tasks := small(), madeUp(40)
	o = o.ForestsAlone()
	if o.Forest.Trees != small().Forest.Trees+denseTrees {
		t.Errorf("%d trees", o.Forest.Trees)
	}
	m, err := Train(t.Context(), o, tasks, &memory{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := forecast.New(m, "forests alone")
	if err != nil {
		t.Fatal(err)
	}
	windows := make([]event.FunctionWindow, 20)
	for i := range windows {
		windows[i] = event.FunctionWindow{Function: "f.fn", Concurrency: 1}
		windows[i].StepSeconds, windows[i].Counts = 60, tasks[i].Counts[:200]
	}
	curves := make([]forecast.Curves, len(windows))
	for i, err := range p.Parts(curves, windows) {
		if err != nil {
			t.Fatal(err)
		}
		if curves[i].Network != curves[0].Network || curves[i].Network[0] != 0.5 {
			t.Errorf("window %d: the network predicts %v", i, curves[i].Network[:3])
		}
		if curves[i].Dense != curves[0].Dense || curves[i].Dense[0] != 0.5 || m.Stack.Dense != 0 {
			t.Errorf("window %d: the dense network predicts %v, at a weight of %v", i, curves[i].Dense[:3], m.Stack.Dense)
		}
	}
	if slices.EqualFunc(curves[1:], curves[:19], func(a, b forecast.Curves) bool { return a.Final == b.Final }) {
		t.Error("the forests predict the same for all windows")
	}
}

// Forests on all columns use contexts and paces, forests alone do not.
func TestForestsAloneDoNotReadContexts(t *testing.T) {
	tasks, rng := madeUp(40), rand.New(rand.NewPCG(8, 9))
	for _, c := range []struct {
		name  string
		o     Options
		reads bool
	}{{"forests alone", small().ForestsAlone(), false}, {"forests on all columns", small().ForestsOnAll(), true}} {
		m, err := Train(t.Context(), c.o, tasks, &memory{})
		if err != nil {
			t.Fatal(err)
		}
		reads := false
		row, before, after := make([]float32, feature.Columns), make([]float32, 1), make([]float32, 1)
		for range 300 {
			for i := range row {
				row[i] = 40 * rng.Float32() * rng.Float32()
			}
			m.Refiner.Predict(before, row)
			for i := feature.GapColumns; i < feature.Columns; i++ {
				row[i] = 40 * rng.Float32() * rng.Float32()
			}
			m.Refiner.Predict(after, row)
			reads = reads || after[0] != before[0]
		}
		if reads != c.reads {
			t.Errorf("%s read contexts: %v", c.name, reads)
		}
	}
}

// Every task is in the group of its owner, and none is lost.
func TestSplitKeepsEveryTask(t *testing.T) {
	tasks := madeUp(60)
	groups, err := Split(tasks, Fold(2, 4))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for g, members := range groups {
		total += len(members)
		for _, m := range members {
			if Fold(2, 4)(m.Owner) != Group(g) {
				t.Errorf("%s is in group %d", m.Owner, g)
			}
		}
	}
	if total != len(tasks) {
		t.Errorf("%d of %d tasks are in groups", total, len(tasks))
	}
	all := func(string) Group { return FoldA }
	if _, err := Split(tasks, all); err == nil || !strings.Contains(err.Error(), "group 1 must have at least one of the 60 functions") {
		t.Errorf("with all in one group: got %v", err)
	}
}

func TestAFoldThatIsNotThereIsTheCallersBug(t *testing.T) {
	for _, c := range [][2]int{{0, 1}, {-1, 3}, {3, 3}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("fold %d of %d was accepted", c[0], c[1])
				}
			}()
			Fold(c[0], c[1])
		}()
	}
}
