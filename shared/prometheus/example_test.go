package prometheus_test

import (
	"fmt"

	prom "prewarm/shared/prometheus"
)

// A counter is scraped every 15 seconds. It stood at 100 at second 60, restarts between
// the seconds 90 and 105, and is counted in three steps of 30 seconds.
func ExampleIncrease() {
	var c prom.Counter
	c.Add(prom.Sample{T: 60_000, V: 100})
	samples := []prom.Sample{
		{T: 75_000, V: 103}, {T: 90_000, V: 107}, // step 0: 3 + 4
		{T: 105_000, V: 2}, {T: 120_000, V: 2}, // step 1: restarted, 2 + 0
		{T: 135_000, V: 3}, {T: 150_000, V: 8}, // step 2: 1 + 5
	}
	dst := make([]float64, 3)
	c = prom.Increase(dst, prom.Grid{Start: 60_000, Step: 30_000, Len: 3}, c, samples, nil)
	fmt.Println(dst, c.Last())
	// Output: [7 2 6] 150000
}

// The value of a counter that is seen for the first time is unknown, so its first sample
// adds nothing. A counter that did not exist before counts from zero.
func ExampleCounter() {
	seen, created := prom.Counter{}, prom.FromZero()
	fmt.Println(seen.Add(prom.Sample{T: 1000, V: 40}), seen.Add(prom.Sample{T: 2000, V: 42}))
	fmt.Println(created.Add(prom.Sample{T: 1000, V: 40}), created.Add(prom.Sample{T: 2000, V: 42}))
	// Output:
	// 0 2
	// 40 2
}
