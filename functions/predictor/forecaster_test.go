package predictor

import (
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// seldom returns the window of a function that is called every 25 steps.
func seldom(steps int) event.FunctionWindow {
	w := event.FunctionWindow{Function: "f.ns", Concurrency: 1, Window: series.Window{StepSeconds: 60, Counts: make([]int32, steps)}}
	for i := 7; i < steps; i += 25 {
		w.Counts[i] = 1
	}
	return w
}

// The expected cold starts come from the hourly model if the window has three to six hours,
// otherwise from the minute model. The rest of a forecast is always the minute model's.
func TestExpectedColdStartsComeFromTheModelForTheWindow(t *testing.T) {
	f, err := loadForecaster()
	if err != nil {
		t.Fatal(err)
	}
	for steps, hourly := range map[int]bool{2: false, 100: false, 179: false, 180: true, 360: true, 361: false, 1440: false} {
		windows := []event.FunctionWindow{seldom(steps)}
		var both, minutes [1]event.Forecast
		f.Forecast(both[:], windows)
		f.Predictor.Forecast(minutes[:], windows)
		want := minutes[0].ExpectedCold
		if hourly {
			expected, err := f.hours.Function(windows[0].Window)
			if err != nil {
				t.Fatal(err)
			}
			if want == expected.Refined {
				t.Fatalf("%d steps: both models expect %v cold starts, so the test shows nothing", steps, want)
			}
			want = expected.Refined
		}
		if both[0].ExpectedCold != want || both[0].NoData != minutes[0].NoData || len(both[0].PActive) != len(minutes[0].PActive) {
			t.Errorf("%d steps: %v cold starts, want %v", steps, both[0].ExpectedCold, want)
		}
	}
}
