package score_test

import (
	"fmt"

	"prewarm/shared/score"
)

// Three replicas are needed and two are ready: one starts cold.
func ExampleStep() {
	s := score.Step{Need: 3, Warm: 2}
	fmt.Println(s.Cold(), "cold,", s.Idle(), "idle")
	// Output: 1 cold, 0 idle
}

// Four steps under keep-alive of two steps: the first call starts cold, and the
// replica stays idle for the two steps after it.
func ExampleTotal() {
	needs := []int{1, 0, 0, 0}
	var total score.Total
	for m, need := range needs {
		total.Add(score.Step{Need: need, Warm: score.KeepAlive(needs[:m], 2)})
	}
	fmt.Printf("%d cold, %d idle, rate %.0f\n", total.Cold, total.Idle, total.Rate())
	// Output: 1 cold, 2 idle, rate 1
}

// A policy has one idle replica and keep-alive three.
func ExampleStep_Saved() {
	policy, keepAlive := score.Step{Need: 1, Warm: 2}, score.Step{Need: 1, Warm: 4}
	fmt.Println(policy.Saved(keepAlive), "saved,", keepAlive.Saved(policy), "added")
	// Output: 2 saved, 0 added
}

// Half of the way between the second and the third value.
func ExamplePercentile() {
	fmt.Println(score.Percentile([]float64{4, 1, 2, 3}, 0.5))
	// Output: 2.5
}
