package hpa_test

import (
	"fmt"
	"time"

	"prewarm/shared/hpa"
)

// Two pods use 140 % of their request each and the target is 70 %: twice as many
// are needed.
func ExampleUtilization() {
	pods := []hpa.Pod{{Usage: 1.4, Ready: true}, {Usage: 1.4, Ready: true}}
	n, err := hpa.Utilization(len(pods), pods, 0.7, hpa.Tolerance{Up: 0.1, Down: 0.1})
	fmt.Println(n, err)
	// Output: 4 <nil>
}

// 21 replicas for a wanted 22 are within the default tolerance of 10 %.
func ExampleAverageValue() {
	tolerance := hpa.Tolerance{Up: 0.1, Down: 0.1}
	fmt.Println(hpa.AverageValue(21, 22, 1, tolerance), hpa.AverageValue(21, 44, 1, tolerance))
	// Output: 21 44
}

// A metric asks for 10 replicas, and from the third sync on for 1. On the way up
// each sync at most doubles the replicas or adds 4. On the way down the largest
// recommendation of 300 s holds.
func ExampleController_Sync() {
	c, now, n := hpa.New(1, 10), time.Unix(0, 0), 1
	for i := range 23 {
		wanted := 10
		if i >= 2 {
			wanted = 1
		}
		n = c.Sync(now, n, func(int, hpa.Tolerance) (int, error) { return wanted, nil })
		if i < 3 || i > 19 {
			fmt.Println(now.Unix(), "s:", n)
		}
		now = now.Add(hpa.SyncPeriod)
	}
	// Output:
	// 0 s: 5
	// 15 s: 10
	// 30 s: 10
	// 300 s: 10
	// 315 s: 1
	// 330 s: 1
}
