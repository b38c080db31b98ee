package synthetic_test

import (
	"fmt"

	"prewarm/shared/trace/synthetic"
)

// The same options give the same trace. Most functions are called less than once
// an hour, as in the published traces.
func ExampleGenerate() {
	t, err := synthetic.Generate(synthetic.Options{Seed: 1, Functions: 3, Minutes: 60})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range t.Functions {
		fmt.Println(f.Name, f.Trigger, f.Calls())
	}
	// Output:
	// r4-000000 http 0
	// r2-000001 timer 1
	// r1-000002 http 0
}

// An option that is out of bounds is named.
func ExampleGenerate_bounds() {
	_, err := synthetic.Generate(synthetic.Options{Functions: 2_000_000})
	fmt.Println(err)
	// Output: functions must be 1 to 1000000, was: 2000000
}
