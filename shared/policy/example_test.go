package policy_test

import (
	"fmt"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// A call is likely within the next minute and needs up to 3 replicas. With an idle
// replica-minute at a tenth of a cold start, the level is the 0.9 quantile; at 0.7
// of a cold start, no replica is worth its cost.
func ExampleDecide() {
	origin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	forecast := &event.Forecast{
		Function: "resize.openfaas-fn", Origin: origin.Unix(), StepSeconds: 60, Evidence: 40,
		PActive: []event.Prob{0.6, 0.1},
		NeedQ50: []int32{1, 0}, NeedQ90: []int32{2, 0}, NeedQ95: []int32{2, 1}, NeedQ99: []int32{3, 1},
		Observation: event.Observation{Recent: []int32{0, 0, 0}, LoadRate: 25},
	}
	state := policy.State{Current: 0, MinActive: 1, Max: 20, Concurrency: 1}
	for _, ratio := range []float64{0.1, 0.7} {
		config := policy.DefaultConfig()
		config.CostRatio = ratio
		d := policy.Decide(origin, forecast, state, config)
		fmt.Printf("%d: %s\n", d.Wanted, d.Reason)
	}
	// Output:
	// 2: chance of a call within 1 steps is 60.0 %, cost ratio 10.0 %: 2 warm by the forecast's quantiles; each carries 25 calls/s by Little's law
	// 0: chance of a call within 1 steps is 60.0 %, below the cost ratio 70.0 %: release
}

// At 100 GB·s for a second of waiting, a function of a quarter of a gigabyte that takes 4 s to
// start may idle for 27 minutes, one of 4 GB that takes half a second for 12 seconds.
func ExampleCosts_Ratio() {
	for _, c := range []policy.Costs{
		{Memory: 250 << 20, Step: time.Minute, Start: 4 * time.Second, WaitPrice: 100},
		{Memory: 4000 << 20, Step: time.Minute, Start: time.Second / 2, WaitPrice: 100},
	} {
		fmt.Printf("idle %g GB·s, cold %g GB·s: %.4f\n", c.Idle(), c.Cold(), c.Ratio())
	}
	// Output:
	// idle 15 GB·s, cold 400 GB·s: 0.0375
	// idle 240 GB·s, cold 50 GB·s: 0.9999
}
