package prometheus_test

import (
	"fmt"

	prom "prewarm/shared/prometheus"
)

// A counter is scraped every 20 seconds. It stood at 100 at second 60, restarts between
// the seconds 100 and 120, and is counted in two steps of 30 seconds.
func ExampleCounter_Add() {
	var c prom.Counter
	steps, grid := make([]float64, 2), prom.Grid{Start: 60_000, Step: 30_000, Len: 2}
	for _, s := range []prom.Sample{{T: 60_000, V: 100}, {T: 80_000, V: 104}, {T: 100_000, V: 110}, {T: 120_000, V: 2}} {
		r := c.Add(s)
		r.Spread(steps, grid, true)
		fmt.Println(r.By, r.Restart)
	}
	fmt.Println(steps) // 4 and half of 6; the other half and 2
	// Output:
	// 0 false
	// 4 false
	// 6 false
	// 2 true
	// [7 5]
}

// The value of a counter that is seen for the first time is unknown, so its first sample
// adds nothing. A counter that did not exist before counts from zero.
func ExampleCounter() {
	seen, created := prom.Counter{}, prom.FromZero(0)
	fmt.Println(seen.Add(prom.Sample{T: 1000, V: 40}).By, seen.Add(prom.Sample{T: 2000, V: 42}).By)
	fmt.Println(created.Add(prom.Sample{T: 1000, V: 40}).By, created.Add(prom.Sample{T: 2000, V: 42}).By)
	// Output:
	// 0 2
	// 40 2
}
