package method

import (
	"math"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// The timer had nine cold starts in three hours, and its last call 20 minutes
// before the end. An unknown step does not count as the last value.
func TestLastValueAndMovingAverage(t *testing.T) {
	counts := timer(180, 20, 19)
	if s := lastValue(window(counts)); s.Active[0] != 0 || s.Cold != 3 || s.Need(1) != [4]int32{} {
		t.Errorf("last value: %v, %v cold starts an hour, need %v", s.Active[0], s.Cold, s.Need(1))
	}
	if s := movingAverage(window(counts)); s.Active[0] != 0.05 || s.Cold < 2.9 || s.Cold > 3.1 {
		t.Errorf("moving average: %v, %v cold starts an hour", s.Active[0], s.Cold)
	}
	counts[178], counts[179] = 4, -1
	if s := lastValue(window(counts)); s.Active[59] != 1 || s.Need(60) != [4]int32{2, 2, 2, 2} {
		t.Errorf("before an unknown step the last value is %v, the need %v", s.Active[59], s.Need(60))
	}
}

// A call 50 minutes before the origin is expected ten minutes after it.
func TestSeasonalNaiveRepeatsTheHour(t *testing.T) {
	s := seasonalNaive(window(timer(180, 60, 49)))
	for i, p := range s.Active {
		if (p == 1) != (i == 10) {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
}

// Croston's forecast is one over the gap, whatever the time since the last call.
func TestCrostonDependsOnTheGapAlone(t *testing.T) {
	for _, age := range []int{0, 15} {
		if p := croston(window(timer(1200, 20, age))).Active[0]; math.Abs(float64(p)-0.05) > 0.005 {
			t.Errorf("age %d: %v, want one in twenty", age, p)
		}
	}
	if p := croston(window(make([]int32, 100))).Active[0]; p != 0 {
		t.Errorf("never called: %v", p)
	}
}

func TestSmoothedBaselinesDecayWithoutCalls(t *testing.T) {
	for name, forecast := range map[string]func(*event.FunctionWindow) Forecast{"tsb": tsb, "smoothing": exponentialSmoothing} {
		soon, late := forecast(window(timer(180, 1, 0))).Active[0], forecast(window(timer(180, 1, 60))).Active[0]
		if soon < 0.6 || late > 0.01 {
			t.Errorf("%s: %v after a call in every step, %v an hour later", name, soon, late)
		}
	}
}

// A period of ten steps lies within the lags. A window too short for the regression
// gets the moving average.
func TestRidgeLearnsAShortPeriod(t *testing.T) {
	s := ridge(window(timer(180, 10, 3)))
	for i, p := range s.Active {
		if due := (i+1+3)%10 == 0; due && p < 0.7 || !due && p > 0.2 {
			t.Errorf("horizon %d: %v", i+1, p)
		}
	}
	if s := ridge(window(timer(40, 10, 3))); math.IsNaN(float64(s.Active[0])) {
		t.Error("a short window has no forecast")
	}
}

// Four active steps needed 1, 1, 2 and 5 replicas. With p = 0.5 the 0.9-quantile of
// all steps is the 0.8-quantile of the active ones: 5.
func TestNeedIsAMixtureWithNoNeed(t *testing.T) {
	s := Forecast{activeNeeds: []int32{1, 1, 2, 5}}
	for want, p := range map[[4]int32]float32{{0, 0, 0, 0}: 0.005, {0, 0, 0, 2}: 0.04, {0, 5, 5, 5}: 0.5, {1, 5, 5, 5}: 1, {0, 2, 5, 5}: 0.3} {
		if s.fill(p); s.Need(1) != want {
			t.Errorf("p %v: need %v, want %v", p, s.Need(1), want)
		}
	}
	s.activeNeeds = nil
	if s.fill(1); s.Need(60) != [4]int32{1, 1, 1, 1} {
		t.Errorf("never called: need %v", s.Need(60))
	}
}

// The counts 0 to 100 repeat, and each call needs half a replica: the median need
// is about 25, the 0.9-quantile about 45. The largest of the last ten steps is 300.
func TestBaselinesOfTheNeedAlone(t *testing.T) {
	counts := make([]int32, 180)
	for i := range counts {
		counts[i] = int32(i % 101)
	}
	counts[171], counts[178] = 300, -1
	if s := maximumOfTen(window(counts)); s.Need(1) != [4]int32{150, 150, 150, 150} {
		t.Errorf("maximum of ten minutes: %v", s.Need(1))
	}
	s := ownQuantiles(window(counts))
	q := s.Need(1)
	if q[0] < 20 || q[0] > 25 || q[1] < 40 || q[1] > 47 || q[3] < q[2] {
		t.Errorf("own quantiles: %v", q)
	}
}

// The timer has nine cold starts: three of them in the last hour and eight in the
// last 2.75 hours.
func TestColdStartsPerHour(t *testing.T) {
	counts := timer(180, 20, 19)
	for hours, want := range map[float64]float64{lastHour: 3, allHours: 8 / allHours} {
		if got := coldPerHour(counts, hours); math.Abs(got-want) > 1e-9 {
			t.Errorf("last %v hours: got %v, want %v", hours, got, want)
		}
	}
	if got := coldPerHour(counts[:60], lastHour); got != 0 {
		t.Errorf("without a keep-alive before the hour: got %v", got)
	}
}

// Forecasts are those of each origin's window, in the order of the origins.
func TestBaselineForecastsAtEachOrigin(t *testing.T) {
	origins := []Origin{{Window: *window(timer(180, 1, 0))}, {Window: *window(make([]int32, 180))}}
	for _, b := range Baselines() {
		forecasts := b.Forecasts(origins)
		for i := range origins {
			if want := b.Forecast(&origins[i].Window); forecasts[i].Active != want.Active || forecasts[i].Cold != want.Cold || forecasts[i].Need(1) != want.Need(1) {
				t.Errorf("%s: origin %d has another forecast", b.Name, i)
			}
		}
		if never := forecasts[1]; never.Active[0] > 0.001 || never.Cold > 0.1 || never.Need(1) != [4]int32{} {
			t.Errorf("%s: a function without a call has %v, %v, %v", b.Name, never.Active[0], never.Cold, never.Need(1))
		}
	}
}

// A need is the load, rounded up, and unknown for an unknown step. Idle and unknown
// steps have no active need.
func TestActiveNeedsAreSorted(t *testing.T) {
	w := window([]int32{4, 0, 1, -1, 2})
	if got := recentNeeds(w); !slices.Equal(got, []int32{2, 0, 1, -1, 1}) {
		t.Errorf("recent needs %v", got)
	}
	if got := activeNeeds(w); !slices.Equal(got, []int32{1, 1, 2}) {
		t.Errorf("active needs %v", got)
	}
}
