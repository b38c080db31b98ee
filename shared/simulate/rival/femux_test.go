package rival_test

import (
	"slices"
	"testing"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/rival"
)

// The first block belongs to keep-alive of 10 minutes, on loads.
func TestTheFirstBlockOfFeMuxIsKeepAlive(t *testing.T) {
	w := callsOf(0, timerOf(504, 3, 25, 1))
	keep := keptBy(t, w, simulate.KeepAlive{Minutes: 10}, 0)
	if got := keptBy(t, w, rival.NewFeMux(w, 0), 0); !slices.Equal(got, keep) {
		t.Error("does not decide as keep-alive of 10 minutes")
	}
}

// A timer of 15 minutes: keep-alive of 10 minutes is idle for 10 of them and then cold. The
// autoregression sees one period less than it needs, but the forecasters that learn the level
// keep one replica for 15 idle minutes, which costs more than a cold start. A timer of 10
// minutes is within the ten lags: from the second block on FeMux is warm when it fires and
// nothing else.
func TestFeMuxGivesATimerToTheAutoregression(t *testing.T) {
	w := callsOf(0, timerOf(600, 3, 10, 1))
	got := keptBy(t, w, rival.NewFeMux(w, 180), 0)
	for m := 180; m < 600; m++ {
		want := int32(0)
		if m%10 == 3 {
			want = 1
		}
		if got[m] != want {
			t.Fatalf("%d warm at %d, want %d", got[m], m, want)
		}
	}
}

// The pattern changes from a timer to calls in each minute and back: the block after each
// change still has the forecaster of the old pattern, the next one that of the new.
func TestABlockWithAChangedPatternGetsAnotherForecaster(t *testing.T) {
	calls := slices.Concat(timerOf(360, 3, 10, 1), timerOf(360, 0, 3, 1), timerOf(360, 3, 10, 1))
	w := callsOf(0, calls)
	got := keptBy(t, w, rival.NewFeMux(w, 180), 0)
	idle := func(from, to int) (n int) {
		for m := from; m < to; m++ {
			if got[m] > 0 && calls[m] == 0 {
				n++
			}
		}
		return n
	}
	cold := func(from, to int) (n int) {
		for m := from; m < to; m++ {
			if got[m] == 0 && calls[m] > 0 {
				n++
			}
		}
		return n
	}
	if i, c := idle(180, 360), cold(180, 360); i+c > 0 {
		t.Errorf("timer: %d idle, %d cold, want none", i, c)
	}
	if c := cold(540, 720); c > 1 {
		t.Errorf("calls each third minute, after a block: %d cold", c)
	}
	if i, c := idle(900, 1080), cold(900, 1080); i+c > 0 {
		t.Errorf("timer again, after a block: %d idle, %d cold", i, c)
	}
}

// The weights of the RUM decide: a function of 17 MB is worth keeping for long, one of 17 GB
// never, with the same irregular calls.
func TestFeMuxWeighsMemoryAgainstColdStarts(t *testing.T) {
	calls := make([]int32, 720)
	for m := range calls {
		if (m*m+m/7)%13 < 2 {
			calls[m] = 1
		}
	}
	var warm [2]int
	for i, mb := range []float64{17, 17000} {
		w := workloadOf(0, mb, calls)
		for _, n := range keptBy(t, w, rival.NewFeMux(w, 180), 0)[180:] {
			warm[i] += int(n)
		}
	}
	if warm[0] < 2*warm[1] || warm[0] == 0 {
		t.Errorf("a small function is warm for %d minutes, a large one for %d", warm[0], warm[1])
	}
}

// The order of the functions and the number of goroutines change nothing.
func TestFeMuxDependsOnNoOrder(t *testing.T) {
	var functions [][]int32
	for i := range 50 {
		functions = append(functions, timerOf(560, i%7, 3+i, int32(1+i%3)))
	}
	w := callsOf(20, functions...)
	for _, f := range []int{0, 17, 49} {
		first := keptBy(t, w, rival.NewFeMux(w, 120), f)
		if again := keptBy(t, w, rival.NewFeMux(w, 120), f); !slices.Equal(first, again) {
			t.Errorf("function %d: two runs differ", f)
		}
	}
}

func TestABlockIsAtLeastAWindow(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("blocks of 60 minutes are accepted")
		}
	}()
	rival.NewFeMux(callsOf(0, timerOf(10, 0, 1, 1)), 60)
}
