package event_test

import (
	"errors"
	"fmt"
	"strings"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// The collector seals a batch of windows, and the predictor opens it with the same key.
func ExampleSeal() {
	keys := event.NewKeys("", []byte("a key of sixteen bytes or more"))
	batch := &event.Windows{Windows: []event.FunctionWindow{{
		Function: "resize.openfaas-fn", Concurrency: 1,
		Window: series.Window{StepSeconds: 60, Start: 600, Counts: []int32{0, 3, series.NoData}},
	}}}
	envelope, message, err := event.Seal(keys, event.TypeWindows, 780, "0", batch)
	fmt.Println(envelope.ID, err)

	var received event.Windows
	_, err = event.Open(keys, event.TypeWindows, message, &received)
	fmt.Println(received.Windows[0].Function, received.Windows[0].Counts, err)
	// Output:
	// prewarm.windows/780/0 <nil>
	// resize.openfaas-fn [0 3 -1] <nil>
}

// A message that was changed on its way does not open.
func ExampleOpen() {
	keys := event.NewKeys("", []byte("a key of sixteen bytes or more"))
	batch := &event.Decisions{Decisions: []event.Decision{{Function: "resize.openfaas-fn", Wanted: 1, Applied: -1, Observed: -1}}}
	_, message, err := event.Seal(keys, event.TypeDecisions, 780, "0", batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	forged := strings.Replace(string(message), `"wanted":1`, `"wanted":9`, 1)
	_, err = event.Open(keys, event.TypeDecisions, []byte(forged), &event.Decisions{})
	fmt.Println(errors.Is(err, event.ErrSignature))
	fmt.Println(err)
	// Output:
	// true
	// event: signature does not match: id "prewarm.decisions/780/0"
}
