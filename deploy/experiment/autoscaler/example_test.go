package autoscaler_test

import (
	"fmt"
	"time"

	"prewarm/deploy/experiment/autoscaler"
)

// A minute of the trace passes in a second. An HPA then syncs every 250 ms, which is
// 15 s of its own time.
func ExampleClock() {
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := autoscaler.Clock{Begin: begin, Speed: 60}
	fmt.Println(clock.OnClock(15 * time.Second))
	fmt.Println(clock.At(begin.Add(2 * time.Second)).Format(time.TimeOnly))
	// Output:
	// 250ms
	// 12:02:00
}
