package feature

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/series"
)

func read(counts []int32) *History {
	h := &History{}
	h.Read(counts, 0)
	return h
}

// every returns n steps with a call at first and every period steps after it.
func every(n, first, period int) []int32 {
	counts := make([]int32, n)
	for i := first; i < n; i += period {
		counts[i] = 1
	}
	return counts
}

func TestAGapWithAnUnknownStepIsLeftOut(t *testing.T) {
	h := read([]int32{1, 0, 1, series.NoData, 1, 1, 0, 0})
	if !slices.Equal(h.Lengths(), []int{2, 1}) {
		t.Errorf("gaps %v: the gap over the unknown step is not known", h.Lengths())
	}
	if h.Age() != 2 || h.Active() != 4 {
		t.Errorf("age %d, calls %d", h.Age(), h.Active())
	}
}

func TestWithoutCallsTheAgeIsTheLength(t *testing.T) {
	if h := read(make([]int32, 50)); h.Age() != 50 || h.Active() != 0 || len(h.Lengths()) != 0 {
		t.Errorf("age %d, calls %d, gaps %v", h.Age(), h.Active(), h.Lengths())
	}
}

func TestOnlyTheLastStepsAreRead(t *testing.T) {
	counts := append(slices.Repeat([]int32{9}, 100), every(MaxHistory, 3, 20)...)
	h, tail := &History{}, &History{}
	h.Read(counts, 7)
	tail.Read(counts[100:], 7+100)
	if h.Active() != tail.Active() || h.phase != tail.phase || h.Active() != 72 {
		t.Errorf("calls %d and %d, phase %d and %d", h.Active(), tail.Active(), h.phase, tail.phase)
	}
}

// A period of eight hours shows in a whole day, not in three hours.
func TestLongPeriodsAreFoundInALongHistory(t *testing.T) {
	counts := every(MaxHistory, 100, 480)
	if h := read(counts); h.period != 480 || h.Active() != 3 || h.regular != 1 {
		t.Errorf("period %d of %d calls", h.period, h.Active())
	}
	if h := read(counts[MaxHistory-Steps:]); h.period != 0 {
		t.Errorf("period %d in the last three hours", h.period)
	}
}

// Gaps alternate between 7 and 13: after a 7 comes a 13.
func TestHazardAfterTheLastGapDependsOnTheOrder(t *testing.T) {
	counts := make([]int32, 20*9+8)
	for i := 0; i < len(counts); i += 20 {
		counts[i] = 1
		if i+7 < len(counts) {
			counts[i+7] = 1
		}
	}
	h := read(counts)
	if h.fromEnd(1) != 7 || h.fromEnd(2) != 13 || h.Age() != 0 {
		t.Fatalf("last gaps %d, %d, age %d", h.fromEnd(2), h.fromEnd(1), h.Age())
	}
	if at, early := h.hazardAfter(13, h.hazard(13)), h.hazardAfter(7, h.hazard(7)); at < 0.8 || early > 0.1 {
		t.Errorf("at 13 %v, at 7 %v", at, early)
	}
	if got := h.hazard(7); got < 0.4 {
		t.Errorf("without the order a gap of 7 is likely, got %v", got)
	}
}

// A History that has read one function and then another equals one that has read the
// second only.
func TestAHistoryIsResetByRead(t *testing.T) {
	busy := every(MaxHistory, 0, 3)
	for i := 0; i < MaxHistory; i += 30 {
		busy[i] = 50
	}
	used := read(busy)
	used.Read(every(50, 3, 20), 0)
	fresh := read(every(50, 3, 20))
	if !slices.Equal(rows(used), rows(fresh)) || used.many != fresh.many || used.followed != fresh.followed {
		t.Errorf("rows differ: %v, want %v", rows(used)[:Columns], rows(fresh)[:Columns])
	}
	used.afterLike = slices.Clip(used.afterLike)
	if !slices.Equal(used.lengths, fresh.lengths) || used.ends != fresh.ends || used.longer != fresh.longer ||
		used.period != fresh.period || used.lag != fresh.lag || used.activeIn != fresh.activeIn || len(used.afterLike) != len(fresh.afterLike) {
		t.Errorf("got %+v, want %+v", used, fresh)
	}
	used.Read([]int32{0}, 0)
	if !slices.Equal(rows(used), rows(read([]int32{0}))) {
		t.Errorf("a new function has values of the one before: %v", rows(used)[:Columns])
	}
}

func TestPeriodSurvivesJitterAndAMissedCall(t *testing.T) {
	counts := make([]int32, 140)
	for _, at := range []int{0, 15, 31, 46, 60, 75, 105, 120} { // 90 is missed
		counts[at] = 1
	}
	h := read(counts)
	if h.period != 15 || math.Abs(h.regular-6.0/7) > 1e-9 {
		t.Errorf("period %d for %.2f of the gaps", h.period, h.regular)
	}
}

// The last call was 4 steps before the end, the period is 10: the next beat is
// at horizon 6, then 16.
func TestDueCountsFromTheLastCall(t *testing.T) {
	h := read(every(45, 0, 10))
	for horizon, want := range map[int]float64{6: 0, 16: 0, 5: -1, 7: 1, 11: 5, 1: 5} {
		if got, _ := h.due(horizon); got != want {
			t.Errorf("horizon %d is %v steps from a beat, want %v", horizon, got, want)
		}
	}
	if _, periods := h.due(6); periods != 1 {
		t.Errorf("at horizon 6 one period has passed, got %v", periods)
	}
	if d, p := read(make([]int32, 45)).due(1); d != -1 || p != -1 {
		t.Errorf("without a period: got %v, %v", d, p)
	}
}

// Two timers of 20 steps, 7 apart: gaps alternate between 7 and 13, but a
// shift by 20 maps every call on a call.
func TestTheLagOfTwoTimersIsTheirPeriod(t *testing.T) {
	counts := every(Steps, 0, 20)
	for i := 7; i < Steps; i += 20 {
		counts[i] = 1
	}
	h := read(counts)
	if h.lag != 20 || h.lagScore < 0.6 {
		t.Fatalf("lag %d with score %.2f", h.lag, h.lagScore)
	}
	for horizon := 1; horizon <= Horizons; horizon++ {
		place := (Steps + horizon - 1) % 20
		if got, due := h.fold(h.lag, horizon, Steps), place == 0 || place == 7; due != (got > 0.5) {
			t.Errorf("horizon %d: folded share %.2f", horizon, got)
		}
	}
}

func TestRecentSharesAreOfKnownSteps(t *testing.T) {
	h := read([]int32{0, 0, 0, 0, 0, 1, series.NoData, 1, series.NoData, 1})
	if h.activeIn[0] != 3 || h.knownIn[0] != 3 {
		t.Errorf("of the last five steps %d of %d known ones are active", h.activeIn[0], h.knownIn[0])
	}
}

func TestShiftMovesEveryStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var s, want recentSet
		n := rng.IntN(130)
		for range 40 {
			at := rng.IntN(recentWords * 64)
			s.add(at)
			if at+n < recentWords*64 {
				want.add(at + n)
			}
		}
		if got := s.later(n); got != want {
			t.Fatalf("shift by %d: got %x, want %x", n, got, want)
		}
	}
}

func TestTailAndCountSeeTheSameSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var s stepSet
		for range 200 {
			s.add(rng.IntN(MaxHistory))
		}
		from := rng.IntN(MaxHistory)
		tail, n := s.tail(from), 0
		for i := from; i < MaxHistory; i++ {
			if s.has(i) {
				n++
			}
			if i-from < Steps && tail.has(i-from) != s.has(i) {
				t.Fatalf("step %d from %d", i, from)
			}
		}
		if s.count(from) != n {
			t.Fatalf("from %d: counted %d, want %d", from, s.count(from), n)
		}
	}
}

// A History is read again and again: nothing of one function may stay for the next. The
// long histories have long gaps, which the short ones do not replace.
func TestAHistoryThatIsReadAgainIsAsNew(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	used, pooled := &History{}, uniform()
	rows := func(h *History, counts []int32) []float32 {
		h.Read(counts, 5)
		renewal := h.Renewal(make([]float32, Horizons), pooled)
		return append(h.Rows(make([]float32, Horizons*Columns), make([]float32, Horizons), renewal), renewal...)
	}
	for range 60 {
		counts, share := make([]int32, 1+rng.IntN(MaxHistory)), rng.Float64()*rng.Float64()
		for i := range counts {
			switch {
			case rng.Float64() < share:
				counts[i] = 1 + rng.Int32N(5)
			case rng.IntN(300) == 0:
				counts[i] = series.NoData
			}
		}
		if !slices.Equal(rows(used, counts), rows(&History{}, counts)) {
			t.Fatalf("%d steps with %d active ones: the rows depend on the history that was read before", len(counts), used.Active())
		}
	}
}
