package fit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestAFunctionsOwnerDecides(t *testing.T) {
	if got := OwnerOf(trace.Azure2019, trace.Function{Name: "f", Owner: "u"}); got != "azure2019/u" {
		t.Errorf("got %q", got)
	}
	if got := OwnerOf(trace.Huawei2023, trace.Function{Name: "17"}); got != "huawei2023_private/17" {
		t.Errorf("got %q", got)
	}
}

func TestFromTraceLeavesOutFunctionsWithoutCalls(t *testing.T) {
	tasks := FromTrace(&trace.Trace{Layout: trace.Huawei2023, Start: 75, Minutes: 2, Functions: []trace.Function{
		{Name: "never called", Counts: []int32{0, series.NoData}}, {Name: "called", Counts: []int32{0, 3}},
	}})
	if len(tasks) != 1 || tasks[0].Name != "huawei2023_private/called" || tasks[0].Phase != 15 {
		t.Errorf("got %+v", tasks)
	}
}

func TestMadeUpTimersKeepTheirPeriod(t *testing.T) {
	rng := source()
	regular := 0
	for range 300 {
		var h feature.History
		task := timer(rng)
		h.Read(task.Counts, task.Phase)
		steady := len(h.Lengths()) > 0
		for _, g := range h.Lengths() {
			if g < 3 {
				t.Fatalf("gap of %d", g)
			}
			steady = steady && g == h.Lengths()[0]
		}
		if steady {
			regular++
		}
	}
	if regular < 90 || regular > 270 {
		t.Errorf("%d of 300 timers are without jitter or miss, want a third and more, not all", regular)
	}
}

func TestDrawnExamplesAreStretchesOfTheTask(t *testing.T) {
	counts := make([]int32, span+25)
	for i := range counts {
		counts[i] = int32(i)
	}
	tasks, rng := []Task{{Name: "f", Phase: 50, Counts: counts}}, source()
	first, last := false, false
	for range 500 {
		e := draw(tasks, 0, rng)
		from, origin := int(e.counts[0]), int(e.future()[0])
		if from != 0 || len(e.history()) != origin || len(e.future()) != feature.Horizons || e.phase != 50 {
			t.Fatalf("from %d: origin %d, phase %d", from, origin, e.phase)
		}
		first, last = first || origin == feature.Steps, last || origin == feature.Steps+25
	}
	if !first || !last {
		t.Error("the ends of the task are never drawn")
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	counts := make([]int32, 2*feature.MaxHistory)
	for i := range counts {
		counts[i] = int32(i)
	}
	e := Task{Phase: 7, Counts: counts}.at(feature.MaxHistory + 100)
	if len(e.history()) != feature.MaxHistory || e.counts[0] != 100 || e.phase != (7+100)%60 || e.future()[0] != feature.MaxHistory+100 {
		t.Errorf("%d steps from %d, phase %d", len(e.history()), e.counts[0], e.phase)
	}
}

// A third of the histories is as short as that of a collector with little memory, or
// of a new function. The future stays the same.
func TestShortenedHistoriesEndAtTheSameOrigin(t *testing.T) {
	counts := make([]int32, span+300)
	for i := range counts {
		counts[i] = int32(i)
	}
	whole, rng := Task{Phase: 3, Counts: counts}.at(400), source()
	lengths := map[string]int{}
	for range 800 {
		e := whole.shorten(rng)
		if e.future()[0] != 400 || e.phase != (3+int(e.counts[0]))%60 || len(e.history()) < minHistory {
			t.Fatalf("origin %d, phase %d, %d steps", e.future()[0], e.phase, len(e.history()))
		}
		switch len(e.history()) {
		case 400:
			lengths["whole"]++
		case feature.Steps:
			lengths["steps"]++
		default:
			lengths["short"]++
		}
	}
	if lengths["whole"] < 400 || lengths["steps"] < 100 || lengths["short"] < 50 {
		t.Errorf("histories %v", lengths)
	}
}

func TestSpoilingChangesTheHistoryOfACopyOnly(t *testing.T) {
	rng, original := source(), example{counts: slices.Repeat([]int32{7}, span)}
	for range 100 {
		e := original.spoil(rng)
		if !slices.Contains(e.history(), series.NoData) || slices.Contains(e.future(), series.NoData) {
			t.Fatal("the unknown steps are not in the history")
		}
		if slices.Contains(original.counts, series.NoData) {
			t.Fatal("the trace itself was changed")
		}
	}
}

// madeUp returns n timers with owners of their own.
func madeUp(n int) []Task {
	rng := source()
	tasks := make([]Task, n)
	for i := range tasks {
		tasks[i] = timer(rng)
		tasks[i].Counts = slices.Repeat(tasks[i].Counts, 2)
		tasks[i].Name, tasks[i].Owner = fmt.Sprintf("f%d", i), fmt.Sprintf("u%d", i)
	}
	return tasks
}

// Three in four periods are of 5 to 60 steps, the others of 61 to the longest.
func TestPeriodsOfTimersFillTheRange(t *testing.T) {
	rng := source()
	short, least, most := 0, 1000, 0
	for range 4000 {
		period := TimerPeriod(rng, 180)
		least, most = min(least, period), max(most, period)
		if period <= 60 {
			short++
		}
	}
	if least != 5 || most != 180 || short < 2800 || short > 3200 {
		t.Errorf("periods of %d to %d steps, %d of 4000 up to an hour", least, most, short)
	}
}

// Of the gaps of two timers, each has half of the probability.
func TestPooledGapsAreOfAllTasks(t *testing.T) {
	var tasks []Task
	for _, period := range []int{4, 30} {
		counts := make([]int32, 1200)
		for i := 0; i < len(counts); i += period {
			counts[i] = 1
		}
		tasks = append(tasks, Task{Counts: counts})
	}
	if d := PooledGaps(tasks); d[4] < 0.45 || d[4] > 0.55 || d[30] < 0.4 || d[30] > 0.55 {
		t.Errorf("gap of 4: %v, of 30: %v", d[4], d[30])
	}
}
