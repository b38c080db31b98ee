package capacity_test

import (
	"fmt"
	"math"

	"prewarm/shared/capacity"
)

// Example predicts the replicas of ten calls a second that take 0.2 s each: two
// calls are in service at a time, a replica carries half a call within the
// objective, so that four replicas are needed. The model has no forest and no
// reserve, so that the numbers can be checked by hand.
func Example() {
	m := &capacity.Model{
		About:   capacity.About{Name: "sleep", Objective: "p99 at most 0.5 s"},
		Scale:   capacity.Vector{1, 1, 1, 1, 1, 1, 1, 1, 1},
		High:    capacity.Vector{20, 100, 1, 50, 1, 1, 1, 1, 1},
		Service: 0.2,
		Level:   [capacity.Kinds]float64{capacity.Open: math.Log(0.5)},
		Seen:    [capacity.Kinds]bool{capacity.Open: true},
	}
	x, err := capacity.FromJSON([]byte(`{
		"requests_per_second": 10, "response_bytes": 28, "error_share": 0, "concurrency": 40,
		"p10_seconds": 0.2, "p50_seconds": 0.2, "p75_seconds": 0.21, "p90_seconds": 0.22, "p99_seconds": 0.3}`))
	if err != nil {
		fmt.Println(err)
	}
	a := m.Predict(x)
	fmt.Println(a.Replicas)
	fmt.Println(a.Reason)
	// Output:
	// 4
	// 2.0 calls in service (10.0/s of 0.200 s), of which a replica carries 0.50 (p99 at most 0.5 s): 4, in 90 % of cases 4 to 4
}
