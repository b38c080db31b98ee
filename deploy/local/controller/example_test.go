package controller_test

import (
	"fmt"
	"time"

	"prewarm/deploy/local/controller"
)

// A minute of the trace passes in a second. What a controller does every 15 s
// happens every 250 ms then.
func ExampleClock() {
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := controller.Clock{Begin: begin, Speed: 60}
	fmt.Println(clock.OnClock(15 * time.Second))
	fmt.Println(clock.At(begin.Add(2 * time.Second)).Format(time.TimeOnly))
	// Output:
	// 250ms
	// 12:02:00
}
