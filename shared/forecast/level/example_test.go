package level_test

import (
	"fmt"

	"prewarm/shared/event"
	"prewarm/shared/forecast/level"
)

// A function needs 2 replicas in each step, but 3 in every fifth one. The next step with
// 3 is the third from now, so only a longer lookahead covers it.
func ExampleNew() {
	observation := &event.Observation{}
	for step := range 58 {
		need := int32(2)
		if step%5 == 0 {
			need = 3
		}
		observation.Recent = append(observation.Recent, need)
		observation.RecentLoad = append(observation.RecentLoad, event.Load(need))
	}
	for _, ahead := range []int{1, 3} {
		l, ok := level.New(observation, ahead)
		if !ok {
			fmt.Println("the history is too short")
			return
		}
		fmt.Printf("steps ahead: %d, replicas: %d\n", ahead, l.Replicas(0.1))
	}
	// Output:
	// steps ahead: 1, replicas: 2
	// steps ahead: 3, replicas: 3
}
