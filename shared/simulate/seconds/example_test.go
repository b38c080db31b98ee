package seconds_test

import (
	"context"
	"fmt"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/seconds"
	"prewarm/shared/trace"
)

// A timer fires every ten minutes and finds no replica. Each start takes 2 s.
func ExampleReplay() {
	counts := make([]int32, simulate.WarmUpMinutes+60)
	for m := 0; m < len(counts); m += 10 {
		counts[m] = 1
	}
	t := &trace.Trace{Minutes: len(counts), Functions: []trace.Function{{Name: "backup", Trigger: "timer", Counts: counts}}}
	replay := seconds.New(t, 1, 1, seconds.Constant(2)).Replay()
	if err := simulate.Run(context.Background(), simulate.NewWorkload(t, 1), simulate.None{}, replay); err != nil {
		fmt.Println(err)
	}
	w := replay.Waiting()
	fmt.Printf("%d of %d calls waited, %g s together\n", w.Waited, w.Calls, w.Total)
	// Output:
	// 6 of 6 calls waited, 12 s together
}
