package view_test

import (
	"fmt"

	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
)

// Two independent steps, each with a chance of one half: a call comes within
// them with 75 %. Values that no message has brought are nil.
func ExampleState_Summary() {
	v := view.New(100)
	v.AddForecasts(600, &event.Forecasts{Model: "lstm-1", Forecasts: []event.Forecast{{
		Function: "shop.openfaas-fn", Origin: 600, StepSeconds: 60, ExpectedCold: 1.2,
		PActive: []event.Prob{0.5, 0.5}, NeedQ50: []int32{1, 1}, NeedQ95: []int32{1, 1},
	}}})
	state, known := v.Find("shop.openfaas-fn")
	s := state.Summary(1)
	fmt.Println("known:", known)
	fmt.Println("chance of a call:", *s.Chance)
	fmt.Println("alert, since more than 1 cold start is expected:", s.Alert)
	fmt.Println("replicas known:", s.Replicas != nil)
	// Output:
	// known: true
	// chance of a call: 0.75
	// alert, since more than 1 cold start is expected: true
	// replicas known: false
}

// A client asks again with the version that it has seen and gets what changed
// after it.
func ExampleView_Since() {
	decide := func(v *view.View, step int64, name string) {
		v.AddDecisions(step, &event.Decisions{Decisions: []event.Decision{{Function: name, Step: step}}})
	}
	v := view.New(100)
	decide(v, 600, "mail.openfaas-fn")
	decide(v, 600, "shop.openfaas-fn")
	seen := v.Since(0).Version
	decide(v, 660, "shop.openfaas-fn")
	for _, name := range v.Since(seen).Changed {
		fmt.Println(name)
	}
	// Output: shop.openfaas-fn
}
