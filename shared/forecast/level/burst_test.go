package level_test

import (
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast/level"
)

// The recent steps have no calls. Those of earlier bursts tell the level, also that of a
// longer lookahead. One before which nothing was seen has no prediction.
func TestBurstsBeforeTheRecentStepsTellTheLevel(t *testing.T) {
	o := observe(make([]float64, 180)...)
	for ago := 1440; ago >= 200; ago -= 240 {
		o.Earlier = append(o.Earlier, event.Occurrence{Ago: ago, Need: 50, Load: 50})
	}
	for _, ahead := range []int{1, 2, 10} {
		if n := replicas(t, o, ahead, 0.05); n != 50 {
			t.Errorf("%d replicas for bursts of 50, %d steps ahead", n, ahead)
		}
	}
	o.Earlier = o.Earlier[1:]
	if _, ok := level.New(o, 1); ok {
		t.Error("four samples were taken for enough")
	}
	o.Recent[10], o.RecentLoad[10] = 50, 50
	if n := replicas(t, o, 1, 0.05); n != 50 {
		t.Errorf("%d replicas for bursts of 50, the last of them in the recent steps", n)
	}
}

// A burst lasts two steps: 20 replicas, then 50. A lookahead of two steps meets the second.
func TestALookaheadMeetsTheLargestStepOfABurst(t *testing.T) {
	o := observe(make([]float64, 180)...)
	for ago := 1440; ago >= 200; ago -= 120 {
		o.Earlier = append(o.Earlier, event.Occurrence{Ago: ago, Need: 20, Load: 20}, event.Occurrence{Ago: ago - 1, Need: 50, Load: 50})
	}
	if n := replicas(t, o, 2, 0.05); n < 50 {
		t.Errorf("%d replicas, the second step needs 50", n)
	}
}
