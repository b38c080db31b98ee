package series_test

import (
	"fmt"

	"prewarm/shared/series"
)

// Three calls of half a second came in the last of three minutes.
func ExampleWindow() {
	w := series.Window{
		StepSeconds: 60, Start: 600,
		Counts:      []int32{1, series.NoData, 3},
		BusySeconds: []float32{0.5, 0, 1.5},
	}
	fmt.Println("ends at", w.End())
	fmt.Println("steps with data:", w.Known())
	fmt.Println("mean duration:", w.MeanDuration())
	fmt.Println("last step:", w.Tail(1).Counts)
	// Output:
	// ends at 780
	// steps with data: 2
	// mean duration: 0.5
	// last step: [3]
}

// 240 calls of 0.6 s in a minute keep 2.4 replicas busy on average.
func ExampleNeed() {
	fmt.Println(series.Need(240, 0.6, 60, 1))
	fmt.Println("four calls at a time:", series.Need(240, 0.6, 60, 4))
	fmt.Println("unknown:", series.Need(series.NoData, 0.6, 60, 1))
	// Output:
	// 3
	// four calls at a time: 1
	// unknown: -1
}
