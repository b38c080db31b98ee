package level_test

import (
	"fmt"

	"prewarm/shared/event"
	"prewarm/shared/forecast/level"
)

// A function keeps 2 replicas busy in each step, but 3 in every fifth one.
func ExampleNew() {
	observation := &event.Observation{}
	for step := range 60 {
		need := int32(2)
		if step%5 == 0 {
			need = 3
		}
		observation.Recent = append(observation.Recent, need)
		observation.RecentLoad = append(observation.RecentLoad, event.Load(need))
	}
	for _, ahead := range []int{1, 2} {
		if l, ok := level.New(observation, ahead); ok {
			replicas, _ := l.Replicas(0.1)
			fmt.Printf("%d of the next steps: %d replicas\n", ahead, replicas)
		}
	}
	_, ok := level.New(&event.Observation{Recent: []int32{1, 0, 2}}, 1)
	fmt.Println("three steps are enough:", ok)
	// Output:
	// 1 of the next steps: 3 replicas
	// 2 of the next steps: 3 replicas
	// three steps are enough: false
}
