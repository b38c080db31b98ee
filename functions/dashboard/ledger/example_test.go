package ledger_test

import (
	"fmt"

	"prewarm/functions/dashboard/ledger"
	"prewarm/shared/event"
)

// One call comes after a minute without calls. Keep-alive of one minute has no
// replica then and starts one cold. Prewarm has one warm, but keeps it a minute
// longer than needed.
func Example() {
	l := ledger.New(60, 1, 100)
	for minute, d := range []struct{ needBefore, warm int }{{0, 0}, {0, 1}, {1, 1}, {0, 0}} {
		l.AddDecisions(&event.Decisions{Decisions: []event.Decision{{
			Function: "shop.openfaas-fn", Step: int64(60 * (minute + 100)), Mode: "active", Applied: d.warm, Observed: -1,
			Inputs: event.Inputs{Settled: []int32{int32(d.needBefore)}},
		}}})
	}
	total, _ := l.Sum(ledger.RangeSteps("hour"))
	s := total.Active
	fmt.Println("steps:", s.Steps)
	fmt.Println("cold starts:", s.Cold, "instead of", s.ColdKeepAlive)
	fmt.Println("idle replica-minutes:", s.Idle, "instead of", s.IdleKeepAlive)
	// Output:
	// steps: 3
	// cold starts: 0 instead of 1
	// idle replica-minutes: 1 instead of 1
}
