package trace_test

import (
	"testing"

	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

func TestRealTraces(t *testing.T) {
	for _, want := range []struct {
		name      string
		layout    trace.Layout
		functions int
		minutes   int
		calls     int64
		active    int // function minutes with calls
		durations int // functions with a duration
	}{
		{"azure2019", trace.Azure2019, 201, 1440, 7746622, 38584, 199},
		{"azure2019_single_day", trace.Azure2019SingleDay, 867, 1440, 1434041, 464932, 0},
		{"huawei2023_private", trace.Huawei2023, 104, 960, 2564704275, 88806, 104},
		{"huawei2025_regions", trace.Huawei2025Regions, 5, 44640, 9231822, 124591, 0},
	} {
		t.Run(want.name, func(t *testing.T) {
			got, err := trace.Open(testbed.Traces(t, want.name))
			if err != nil {
				t.Fatal(err)
			}
			if got.Layout != want.layout || got.Minutes != want.minutes || got.Start != 0 {
				t.Errorf("layout %s, %d minutes from %d; want %s, %d from 0", got.Layout, got.Minutes, got.Start, want.layout, want.minutes)
			}
			var calls int64
			active, durations := 0, 0
			for _, f := range got.Functions {
				calls += f.Calls()
				active += f.ActiveMinutes()
				if f.Duration > 0 {
					durations++
				}
			}
			if len(got.Functions) != want.functions || calls != want.calls || active != want.active || durations != want.durations {
				t.Errorf("%d functions, %d calls, %d active minutes, %d durations; want %d, %d, %d, %d",
					len(got.Functions), calls, active, durations, want.functions, want.calls, want.active, want.durations)
			}
		})
	}
}
