package rival_test

import (
	"math/rand/v2"
	"runtime"
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

// A timer of 10 minutes is within the ten lags of the autoregression: from the second block on
// FeMux is warm when it fires, and not otherwise.
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

// A timer becomes calls at random, and a timer again. The autoregression, right for a timer,
// keeps a replica for most of the block in which the calls are at random first. The next block
// has another forecaster, and the timer again gets the autoregression.
func TestABlockWithAChangedPatternGetsAnotherForecaster(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := make([]int32, 360)
	for m := range random {
		if rng.IntN(15) == 0 {
			random[m] = 1
		}
	}
	calls := slices.Concat(timerOf(360, 3, 10, 1), random, timerOf(360, 3, 10, 1))
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
	if before, after := idle(360, 540), idle(540, 720); after > before/2 {
		t.Errorf("calls at random: %d idle minutes in the first block, %d in the second", before, after)
	}
	for m := 900; m < 1080; m++ {
		if got[m] != calls[m] {
			t.Errorf("timer again, after a block: %d warm at %d", got[m], m)
		}
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

// The number of goroutines changes nothing, though they share the examples of all functions.
func TestFeMuxDecidesAlikeOnOneCore(t *testing.T) {
	var functions [][]int32
	for i := range 50 {
		functions = append(functions, timerOf(560, i%7, 3+i, int32(1+i%3)))
	}
	w := callsOf(20, functions...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	several := decided(t, w, rival.NewFeMux(w, 120))
	runtime.GOMAXPROCS(1)
	if one := decided(t, w, rival.NewFeMux(w, 120)); !slices.EqualFunc(one, several, slices.Equal[[]int32]) {
		t.Error("two runs differ")
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
