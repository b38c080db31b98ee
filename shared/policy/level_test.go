package policy_test

import (
	"math"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// busy is a forecast that is sure of calls, after steps with the given loads. Its
// quantiles are 50 replicas unless a test expects others, which no history of these tests asks
// for.
func busy(loads ...float64) *event.Forecast {
	f := quiet()
	for h := range event.Horizons {
		expect(f, h+1, 1, 50, 50, 50, 50)
	}
	f.Recent = nil
	for _, l := range loads {
		need := int32(0)
		if l > 0 {
			need = int32(max(1, math.Ceil(l)))
		}
		f.Recent, f.RecentLoad = append(f.Recent, need), append(f.RecentLoad, event.Load(l))
	}
	return f
}

// A load of 3.4 needs four replicas by the history. The quantiles see 50, or as few as one.
func TestTheLevelIsTheMeanOfQuantilesAndHistoryIfThatIsLongEnough(t *testing.T) {
	s := state(20)
	s.Max = 100
	f := busy(3.4, 3.4, 3.4, 3.4, 3.4, 3.4)
	check(t, "four and 50", policy.Decide(start, f, s, config()), 27, "27 warm by the forecast's quantiles and the function's own history")
	f = expect(f, 1, 1, 4, 4, 4, 4)
	check(t, "both see four", policy.Decide(start, f, s, config()), 10, "4 warm by the forecast's quantiles and the function's own history; limited to 10 by the scale-down rate")
	s.Current = 4
	check(t, "four and one: rounded down", policy.Decide(start, expect(f, 1, 1, 1, 1, 1, 1), s, config()), 2, "2 warm")
	check(t, "two active steps are too few", policy.Decide(start, busy(0, 3.4, 3.4), s, config()), 50, "by the forecast's quantiles")
}

// A load of 0.5, 1.5, 2.5, 3.5, 4.5 repeats, and 0.5 is next. The quantiles see it too.
func TestTheLevelCoversTheReadinessTime(t *testing.T) {
	f := busy()
	for h := range event.Horizons {
		need := int32(1 + h%5)
		expect(f, h+1, 1, need, need, need, need)
	}
	for range 36 {
		more := busy(0.5, 1.5, 2.5, 3.5, 4.5)
		f.Recent, f.RecentLoad = append(f.Recent, more.Recent...), append(f.RecentLoad, more.RecentLoad...)
	}
	c, s := config(), state(1)
	c.MaxDown = 100
	if n := policy.Wanted(start, f, s, c); n != 1 {
		t.Errorf("%d replicas for the next step, want 1", n)
	}
	s.Readiness = 4 * time.Minute
	if n := policy.Wanted(start, f, s, c); n != 5 {
		t.Errorf("%d replicas for the next five steps, want 5", n)
	}
}

// FuzzLevel decides after any history that a message may hold.
func FuzzLevel(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 255, 7, 7, 7}, 0.1, uint8(0))
	f.Fuzz(func(t *testing.T, steps []byte, ratio float64, minutes uint8) {
		if !(ratio > 1e-4 && ratio < 1) || len(steps) == 0 || len(steps) > 300 {
			t.Skip()
		}
		fc := busy()
		most := int32(50)
		for i, b := range steps {
			step := busy(math.Pow(float64(b), 3) / 255)
			if b == 13 && i < len(steps)-1 {
				step.Recent[0], step.RecentLoad[0] = -1, 0
			}
			fc.Recent, fc.RecentLoad = append(fc.Recent, step.Recent[0]), append(fc.RecentLoad, step.RecentLoad[0])
			most = max(most, step.Recent[0])
		}
		s, c := state(3), config()
		s.Max, s.Readiness, c.CostRatio = 1<<30, time.Duration(minutes)*time.Minute, ratio
		if d := policy.Decide(start, fc, s, c); d.Wanted < 0 || d.Wanted > 2*int(most) || !(d.Inputs.PMore >= 0 && d.Inputs.PMore <= 1) {
			t.Errorf("wanted %d, %v; the largest need was %d", d.Wanted, d.Inputs, most)
		}
	})
}
