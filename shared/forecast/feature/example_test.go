package feature_test

import (
	"fmt"

	"prewarm/shared/forecast/feature"
)

// timer returns the counts of a function that is called every 15 steps, the last
// time ten steps before the origin.
func timer() []int32 {
	counts := make([]int32, 180)
	for i := len(counts) - 11; i >= 0; i -= 15 {
		counts[i] = 1
	}
	return counts
}

// The gaps of a timer are equal, and the renewal process expects its next call
// after the remaining five steps.
func ExampleHistory() {
	var h feature.History
	h.Read(timer(), 0)
	fmt.Println("active steps:", h.Active(), "age:", h.Age(), "last gaps:", h.Lengths()[8:])

	var pooled feature.KaplanMeier // no function: all gaps are equally likely
	gaps := pooled.Distribution()
	p := h.Renewal(make([]float32, 6), &gaps)
	fmt.Printf("probability of a call in the next steps: %.2f\n", p)
	// Output:
	// active steps: 12 age: 10 last gaps: [15 15 15]
	// probability of a call in the next steps: [0.00 0.00 0.00 0.00 0.85 0.00]
}

// A row has one named column after the other.
func ExampleHistory_GapRow() {
	var h feature.History
	h.ReadGaps(timer(), 0)
	row := h.GapRow(make([]float32, feature.GapColumns), 5) // of horizon 5
	for c, name := range feature.ColumnNames() {
		switch name {
		case "gap", "mean gap", "gap variation", "steps to beat":
			fmt.Println(name, row[c])
		}
	}
	// Output:
	// mean gap 15
	// gap variation 0
	// steps to beat 0
	// gap 15
}

// The first function has a gap of 10 steps and one of 20. The second one was called
// once and then not for 100 steps: its gap is only known to be longer than that.
func ExampleKaplanMeier() {
	called := make([]int32, 31)
	called[0], called[10], called[30] = 1, 1, 1
	once := make([]int32, 101)
	once[0] = 1
	var k feature.KaplanMeier
	k.Add(called)
	k.Add(once)
	d := k.Distribution()
	fmt.Printf("gap of 10: %.2f, of 20: %.2f\n", d[10], d[20])
	// Output:
	// gap of 10: 0.24, of 20: 0.24
}

// Of the last 180 steps the network reads 60 segments: 30 chunks of five steps,
// then 30 single steps.
func ExampleSegmentEnd() {
	for _, segment := range []int{0, 29, 30, feature.Segments - 1} {
		fmt.Println("segment", segment, "ends after step", feature.SegmentEnd(segment))
	}
	// Output:
	// segment 0 ends after step 5
	// segment 29 ends after step 150
	// segment 30 ends after step 151
	// segment 59 ends after step 180
}
