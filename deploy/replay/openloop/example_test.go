package openloop_test

import (
	"fmt"
	"time"

	"prewarm/deploy/replay/openloop"
	"prewarm/shared/trace"
)

// Two functions over two minutes. The calls of a minute are spread evenly, thus the
// two calls of resize are 30 s apart. A function that is called once in a minute is
// called always at the same second, like mail.
func ExamplePlan() {
	t := &trace.Trace{Minutes: 2, Functions: []trace.Function{
		{Name: "resize", Counts: []int32{2, 0}},
		{Name: "mail", Counts: []int32{1, 1}},
	}}
	calls, err := openloop.Plan(t, openloop.PlanOptions{Seed: 1, Spread: openloop.Even, Timers: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for call := range calls {
		fmt.Println(call.Due.Round(time.Second), t.Functions[call.Function].Name)
	}
	// Output:
	// 7s resize
	// 23s mail
	// 37s resize
	// 1m23s mail
}

func ExampleDeployedName() {
	fmt.Println(openloop.DeployedName("Resize_Image"))
	fmt.Println(openloop.DeployedName("7f3a"))
	// Output:
	// resize-image
	// fn-7f3a
}
