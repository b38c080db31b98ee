package method

import (
	"math"
	"testing"

	"prewarm/shared/event"
)

func TestLastValueAndMovingAverage(t *testing.T) {
	counts := timer(180, 20, 19) // nine cold starts, the last call 20 minutes ago
	if s := lastValue(past(counts)); s.Active[0] != 0 || s.Cold != 3 || s.Need(1) != [4]int32{} {
		t.Errorf("last value: %v, %v cold starts an hour, need %v", s.Active[0], s.Cold, s.Need(1))
	}
	if s := movingAverage(past(counts)); s.Active[0] != 0.05 || s.Cold < 2.9 || s.Cold > 3.1 {
		t.Errorf("moving average: %v, %v cold starts an hour", s.Active[0], s.Cold)
	}
	counts[178], counts[179] = 4, -1
	if s := lastValue(past(counts)); s.Active[59] != 1 || s.Need(60) != [4]int32{2, 2, 2, 2} {
		t.Errorf("before an unknown step the last value is %v, the need %v", s.Active[59], s.Need(60))
	}
}

func TestSeasonalNaiveRepeatsTheHour(t *testing.T) {
	s := seasonalNaive(past(timer(180, 60, 49)))
	for i, p := range s.Active {
		if (p == 1) != (i == 10) {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
}

func TestCrostonKnowsTheGapAndNotTheAge(t *testing.T) {
	for _, age := range []int{0, 15} {
		if p := croston(past(timer(1200, 20, age))).Active[0]; math.Abs(float64(p)-0.05) > 0.005 {
			t.Errorf("age %d: %v, want one in twenty", age, p)
		}
	}
	if p := croston(past(make([]int32, 100))).Active[0]; p != 0 {
		t.Errorf("never called: %v", p)
	}
}

func TestSmoothedBaselinesFadeInSilence(t *testing.T) {
	for name, state := range map[string]func(*event.FunctionWindow) Statement{"tsb": tsb, "smoothing": exponentialSmoothing} {
		soon, late := state(past(timer(180, 1, 0))).Active[0], state(past(timer(180, 1, 60))).Active[0]
		if soon < 0.6 || late > 0.01 {
			t.Errorf("%s: %v while called in every step, %v an hour later", name, soon, late)
		}
	}
}

func TestRidgeLearnsAShortPeriod(t *testing.T) {
	s := ridge(past(timer(180, 10, 3)))
	for i, p := range s.Active {
		if due := (i+1+3)%10 == 0; due && p < 0.7 || !due && p > 0.2 {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
	if s := ridge(past(timer(40, 10, 3))); math.IsNaN(float64(s.Active[0])) {
		t.Error("a short past has no forecast")
	}
}

// Four active steps that needed 1, 1, 2 and 5 replicas: with a call in half of
// the steps, the nine tenths of all steps are eight tenths of those with calls.
func TestTheNeedIsAMixtureWithNone(t *testing.T) {
	s := Statement{needs: []int32{1, 1, 2, 5}}
	for want, p := range map[[4]int32]float32{{0, 0, 0, 0}: 0.005, {0, 0, 0, 2}: 0.04, {0, 5, 5, 5}: 0.5, {1, 5, 5, 5}: 1, {0, 2, 5, 5}: 0.3} {
		if s.fill(p); s.Need(1) != want {
			t.Errorf("p %v: need %v, want %v", p, s.Need(1), want)
		}
	}
	s.needs = nil
	if s.fill(1); s.Need(60) != [4]int32{1, 1, 1, 1} {
		t.Errorf("never called: need %v", s.Need(60))
	}
}

func TestBaselinesOfTheNeedAlone(t *testing.T) {
	counts := make([]int32, 180)
	for i := range counts {
		counts[i] = int32(i % 101) // half of it in replicas
	}
	counts[171], counts[178] = 300, -1
	if s := mostOfTen(past(counts)); s.Need(1) != [4]int32{150, 150, 150, 150} {
		t.Errorf("most of ten minutes: %v", s.Need(1))
	}
	s := ownQuantiles(past(counts))
	q := s.Need(1)
	if q[0] < 20 || q[0] > 25 || q[1] < 40 || q[1] > 47 || q[3] < q[2] {
		t.Errorf("own quantiles: %v", q)
	}
}
