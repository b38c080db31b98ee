package scaler

import (
	"testing"
	"time"

	"prewarm/shared/openfaas"
)

// clockAhead returns a world whose clock was ahead by lead for some steps and is right
// again. decided holds the batches of all steps that were decided, the last ones on the
// wrong clock.
func clockAhead(t *testing.T, lead time.Duration, ticks int) (w *world, decided [][]byte) {
	t.Helper()
	w = newWorld(t, openfaas.ModeActive)
	apply := func() {
		t.Helper()
		w.tick()
		decided = append(decided, w.seal(w.forecast(name, 1)))
		w.post(decided[len(decided)-1], 200)
	}
	apply()
	apply()
	w.now = w.now.Add(lead)
	for range ticks {
		apply()
	}
	w.now = w.now.Add(-lead)
	return w, decided
}

func TestAClockThatWasAheadHoldsUpNoStep(t *testing.T) {
	for _, ticks := range []int{1, 5, 3 * maxSteps} {
		for _, restart := range []bool{false, true} {
			w, _ := clockAhead(t, 24*time.Hour, ticks)
			if restart {
				w.restart()
			}
			w.calls = nil
			for _, n := range []int32{3, 4, 5} {
				w.tick()
				w.post(w.seal(w.forecast(name, n)), 200)
			}
			w.expectCalls(name+"=3", name+"=4", name+"=5")
		}
	}
}

// All batches are sent again when the clock is right again, after new ones were decided, and
// when the steps of the wrong clock are reached. None is decided twice.
func TestAClockThatWasAheadLetsNothingBeDecidedTwice(t *testing.T) {
	for _, restart := range []bool{false, true} {
		w, decided := clockAhead(t, 10*time.Minute, 3)
		if restart {
			w.restart()
		}
		w.calls = nil
		again := func() {
			t.Helper()
			w.functions[name].Replicas = 0
			for _, body := range decided {
				w.post(body, 409)
			}
			w.expectCalls()
			w.functions[name].Replicas = 1
		}
		again()
		for range 5 {
			w.tick()
			decided = append(decided, w.seal(w.forecast(name, 1)))
			w.post(decided[len(decided)-1], 200)
			again()
		}
		for range 10 {
			w.tick()
			again()
		}
		w.post(w.seal(w.forecast(name, 3)), 200)
		w.expectCalls(name + "=3")
	}
}

// The batch of a step arrives after that of a later one, and after a decision of a clock
// that was ahead.
func TestAStepThatWasPassedOverIsNotDecided(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	late := w.seal(w.forecast(name, 9))
	w.tick()
	w.post(w.seal(w.forecast(name, 1)), 200)
	w.now = w.now.Add(24 * time.Hour)
	w.post(w.seal(w.forecast(name, 2)), 200)
	w.now = w.now.Add(-24 * time.Hour)
	w.post(late, 409)
	w.restart()
	w.post(late, 409)
	w.expectCalls(name+"=1", name+"=2")
}

// The clock of the sender may be one step ahead. The step before is then passed over.
func TestAStepAheadWithinTheToleranceCounts(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	now := w.seal(w.forecast(name, 1))
	ahead := w.forecast(name, 2)
	ahead.Origin += 60
	w.post(w.seal(ahead), 200)
	w.post(now, 409)
	w.expectCalls(name + "=2")
}

func TestARestartAfterTheClockWasSetBackKnowsTheAppliedReplicas(t *testing.T) {
	w, _ := clockAhead(t, 24*time.Hour, 1)
	w.tick()
	w.post(w.seal(w.forecast(name, 6)), 200)
	w.restart()
	w.tick()
	w.post(w.seal(w.forecast(name, 0)), 200)
	if d := w.last(); d.Wanted >= 6 {
		t.Errorf("the scaler must not hold replicas that it applied itself: %+v", d)
	}
}

func TestDecidedStepsAreBoundedAndKeepThoseAheadOfNow(t *testing.T) {
	var s decidedSteps
	const ahead = 1_000_000
	s = s.add(decidedStep{ahead, "wrong", ahead}, ahead)
	for step := range int64(3 * maxSteps) {
		s = s.add(decidedStep{step, "", step}, step)
		s.rewind(step)
		covers := func(step int64) bool { return s.covers(step, "other") }
		if len(s) > maxSteps || !covers(step) || !covers(step-1) || covers(step+1) {
			t.Fatalf("step %d: %v", step, s)
		}
	}
	if !s.covers(ahead, "wrong") || s.covers(ahead, "true") || s.covers(ahead+1, "wrong") {
		t.Errorf("the step of the clock that was ahead is forgotten, or holds up the true one: %v", s)
	}
	if before := len(s); len(s.add(decidedStep{ahead, "wrong", 0}, 0)) != before {
		t.Error("a step is kept twice")
	}
	for i := range int64(2 * maxSteps) {
		if s = s.add(decidedStep{ahead + i, "", ahead + i}, 0); len(s) > maxSteps {
			t.Fatalf("%d steps ahead of now are kept, want at most %d", len(s), maxSteps)
		}
	}
}
