package simulate_test

import (
	"context"
	"fmt"
	"os"

	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// A function is called at minutes 181, 184 and 190. Under keep-alive of 5 minutes
// the call at 184 finds a warm replica. The replica is idle in minutes 182 and
// 183, 185 to 189, and 191 to 195.
func ExampleRun() {
	counts := make([]int32, 200)
	counts[181], counts[184], counts[190] = 1, 1, 1
	t := &trace.Trace{Minutes: 200, Functions: []trace.Function{{Name: "hello", Counts: counts}}}
	w := simulate.NewWorkload(t, 1)
	p, scorer := simulate.KeepAlive{Minutes: 5}, simulate.NewScorer(w)
	if err := simulate.Run(context.Background(), w, p, scorer); err != nil {
		fmt.Println(err)
		return
	}
	s := scorer.Score(p.Name())
	fmt.Printf("%s: %d of %d cold, %d replica-minutes idle\n", s.Policy, s.Cold, s.Need, s.Idle)
	// Output: keepalive-5: 2 of 3 cold, 12 replica-minutes idle
}

// Decisions are exchanged as CSV. A minute without replicas has no row.
func ExampleDecisionWriter() {
	t := &trace.Trace{Minutes: 4, Functions: []trace.Function{{Name: "hello", Counts: []int32{0, 1, 0, 0}}}}
	w := simulate.NewWorkload(t, 1)
	decisions := simulate.NewDecisionWriter(os.Stdout, w)
	if err := simulate.Run(context.Background(), w, simulate.KeepAlive{Minutes: 1}, decisions); err != nil {
		fmt.Println(err)
	}
	if err := decisions.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// function,minute,replicas
	// hello,2,1
}
