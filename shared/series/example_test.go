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
	counts := []int32{240, series.NoData}
	for i, load := range series.Loads(nil, counts, 0.6, 60, 1) {
		fmt.Println("load", load, "need", series.Need(counts[i], load))
	}
	// Output:
	// load 2.4 need 3
	// load 0 need -1
}

// Two calls of 150 seconds run in three minutes, and in the third for half of it.
func ExampleLoads() {
	counts := []int32{2, 0, 0, 0}
	fmt.Println("load", series.Loads(nil, counts, 150, 60, 1))
	fmt.Println("held", series.Held(nil, counts, 150, 60, 1))
	fmt.Println("four calls at a time:", series.Loads(nil, counts, 150, 60, 4))
	// Output:
	// load [2 2 1 0]
	// held [0 2 1 0]
	// four calls at a time: [0.5 0.5 0.25 0]
}
