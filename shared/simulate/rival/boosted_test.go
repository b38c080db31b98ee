package rival_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/forest"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
)

// column returns the number of a column of the trees.
func column(t *testing.T, name string) int {
	t.Helper()
	i := slices.Index(rival.BoostedColumnNames(), name)
	if i < 0 {
		t.Fatalf("no column %q", name)
	}
	return i
}

// stump returns trees that predict the share of y in the rows, which differ in one column
// alone.
func stump(t *testing.T, column int, x, y []float32) *forest.Forest {
	t.Helper()
	rows := make([]float32, len(x)*rival.BoostedColumns)
	for i, v := range x {
		rows[i*rival.BoostedColumns+column] = v
	}
	f, err := forest.TrainBooster(t.Context(), forest.Config{Trees: 30, Sample: -1}, 0.5, rows, rival.BoostedColumns, y, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// dueAt returns a model in which all folds but those given expect a call if the last one is
// exactly gap minutes ago, and in no other minute. The folds given never expect one.
func dueAt(t *testing.T, gap int, never ...int) *rival.BoostedModel {
	t.Helper()
	var x, due, none []float32
	for g := 1; g <= 100; g++ {
		is := float32(0)
		if g == gap {
			is = 1
		}
		// Several of each, so that one row does not decide.
		for range 20 {
			x, due, none = append(x, float32(g)), append(due, is), append(none, 0)
		}
	}
	m := &rival.BoostedModel{}
	for k := range m.Folds {
		m.Folds[k] = stump(t, column(t, "gap"), x, due)
	}
	for _, k := range never {
		m.Folds[k] = stump(t, column(t, "gap"), x, none)
	}
	return m
}

// odds predicts a workload.
func odds(t *testing.T, w *simulate.Workload, m *rival.BoostedModel, folds ...int) *rival.BoostedOdds {
	t.Helper()
	o, err := rival.NewBoostedOdds(t.Context(), w, m, folds, func() {})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A timer of ten minutes needs two replicas. The trees expect a call ten minutes after the
// last one: it is warm in that minute alone, with the largest need of the last ten minutes.
// In the fold whose trees expect nothing it is never warm.
func TestBoostedIsWarmWhenACallIsExpected(t *testing.T) {
	w := callsOf(60, timerOf(60, 5, 10, 2), timerOf(60, 5, 10, 2))
	warm := decided(t, w, rival.NewBoosted(odds(t, w, dueAt(t, 10, 3), 0, 3), 0.1))
	for m, got := range warm {
		want := int32(0)
		if m > 5 && m%10 == 5 {
			want = 2
		}
		if got[0] != want || got[1] != 0 {
			t.Errorf("minute %d: %v replicas are warm; want %d and 0", m, got, want)
		}
	}
}

// After a gap of more than ten minutes, the level is the largest need of the ten minutes up
// to the last call: 7 in minute 25, and not 3 or 9 as in the minutes 26 and 14.
func TestBoostedRemembersTheLevelOverALongGap(t *testing.T) {
	counts := make([]int32, 60)
	counts[14], counts[25], counts[26] = 9, 7, 3
	w := callsOf(60, counts)
	if warm := decided(t, w, rival.NewBoosted(odds(t, w, dueAt(t, 20), 0), 0.1)); warm[45][0] != 0 || warm[46][0] != 7 {
		t.Errorf("%d and %d replicas are warm 19 and 20 minutes after the last call; want 0 and 7", warm[45][0], warm[46][0])
	}
}

// A call of probability 1/6 is worth an idle minute up to a cost ratio of 1/5, since
// 1/5 · (1 - 1/6) = 1/6.
func TestBoostedWeighsIdleMinutesAgainstColdStarts(t *testing.T) {
	var x, y []float32
	for i := range 6000 {
		x, y = append(x, float32(i%7)), append(y, map[bool]float32{true: 1}[i%6 == 0])
	}
	m := &rival.BoostedModel{}
	for k := range m.Folds {
		m.Folds[k] = stump(t, column(t, "minute of hour"), x, y)
	}
	w := callsOf(0, timerOf(30, 0, 4, 1), timerOf(30, 0, 4, 1))
	o := odds(t, w, m, 0, 0)
	if p := o.Probability(0, 7); math.Abs(p-1.0/6) > 0.02 {
		t.Fatalf("the probability is %v; want 1/6", p)
	}
	for ratio, want := range map[float64]int32{0.15: 1, 0.25: 0} {
		if warm := decided(t, w, rival.NewBoosted(o, ratio)); warm[7][0] != want {
			t.Errorf("ratio %v: %d replicas are warm; want %d", ratio, warm[7][0], want)
		}
	}
	if warm := decided(t, w, rival.NewPricedBoosted(o, []float64{0.15, 0.25})); !slices.Equal(warm[7], []int32{1, 0}) {
		t.Errorf("with a ratio for each function %v replicas are warm; want 1 and 0", warm[7])
	}
}

// Before its first call a function is not expected, whatever the trees would say.
func TestBoostedKnowsNothingBeforeTheFirstCall(t *testing.T) {
	w := callsOf(0, timerOf(50, 40, 100, 1))
	o := odds(t, w, dueAt(t, 1), 0)
	for m := range 41 {
		if p := o.Probability(0, m); p != 0 {
			t.Errorf("minute %d: probability %v before the first call", m, p)
		}
	}
	if p := o.Probability(0, 41); p < 0.5 {
		t.Errorf("the trees expect a call one minute after the last; the probability is %v", p)
	}
}

func TestBoostedStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := callsOf(0, timerOf(50, 0, 5, 1))
	minutes := 0
	_, err := rival.NewBoostedOdds(ctx, w, dueAt(t, 5), []int{0}, func() {
		if minutes++; minutes == 7 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || minutes != 7 {
		t.Errorf("%v after %d minutes; want %v after 7", err, minutes, context.Canceled)
	}
}

func TestBoostedWantsAFoldForEachFunction(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "rival: 1 folds for 2 functions" {
			t.Errorf("panic is %s", got)
		}
	}()
	rival.NewBoostedOdds(t.Context(), callsOf(0, timerOf(5, 0, 1, 1), timerOf(5, 0, 1, 1)), dueAt(t, 5), []int{0}, func() {})
}
