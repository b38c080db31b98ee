package rival_test

import (
	"slices"
	"testing"

	"prewarm/shared/simulate/rival"
)

// At 170 MB an idle minute costs 0.17 * 60 / 99.69 = 0.102 s, so that a cold start is worth
// 7.9 of them: four idle minutes between two calls are worth keeping, nine are not.
func TestTheBestFixedKeepAliveIsThatOfThePast(t *testing.T) {
	w := callsOf(0, timerOf(300, 3, 5, 1), timerOf(300, 3, 10, 1))
	for f, want := range []int32{1, 0} {
		got := keptBy(t, w, rival.NewBestFixed(w), f)
		for m := 100; m < 300; m++ {
			if got[m] != want {
				t.Fatalf("function %d has %d warm at %d, want %d", f, got[m], m, want)
			}
		}
	}
}

// The same calls, each 10 minutes, of a small function: with 17 MB a cold start is worth 79
// idle minutes.
func TestASmallFunctionIsKeptLonger(t *testing.T) {
	for mb, want := range map[float64]int32{170: 0, 17: 1} {
		w := workloadOf(0, mb, timerOf(300, 3, 10, 1))
		if got := keptBy(t, w, rival.NewBestFixed(w), 0); got[298] != want {
			t.Errorf("with %g MB %d warm, want %d", mb, got[298], want)
		}
	}
}

// A function called each minute for two hours, then each half hour: nothing of the new
// pattern is worth keeping, and the costs of the long lengths grow until the short one leads.
func TestTheLengthIsChosenAnew(t *testing.T) {
	calls := append(timerOf(120, 0, 1, 1), timerOf(600, 29, 30, 1)...)
	w := callsOf(0, calls)
	got := keptBy(t, w, rival.NewBestFixed(w), 0)
	if got[119] != 1 {
		t.Error("not warm while called each minute")
	}
	idle := 0
	for m := 600; m < 720; m++ {
		idle += int(got[m])
	}
	// The keep-alive of one minute, which served the first pattern, is warm for one minute
	// after each call.
	if idle > 4 {
		t.Errorf("%d idle minutes in the last two hours, want at most 4", idle)
	}
}

// A call of three minutes holds its replica: a shorter keep-alive costs no cold start there.
func TestHeldReplicasAreNotCounted(t *testing.T) {
	w := workloadOf(180, 340, timerOf(400, 0, 8, 1))
	if got := keptBy(t, w, rival.NewBestFixed(w), 0); slices.Max(got[200:]) != 0 {
		t.Errorf("keeps %v, want nothing: the held replica serves the minutes after the call", got[200:216])
	}
}
