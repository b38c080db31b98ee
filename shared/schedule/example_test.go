package schedule_test

import (
	"fmt"
	"time"

	"prewarm/shared/schedule"
)

// A function has at least three replicas in office hours. They are ready at 8 o'clock: a minute
// before, the schedule wants them already.
func ExampleSchedule_At() {
	s, err := schedule.Parse("prewarm.schedule", `
- timezone: Europe/Berlin
  start: 0 8 * * 1-5
  end: 0 18 * * 1-5
  minReplicaCount: 3
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 12, 1, 6, 59, 0, 0, time.UTC) // 7:59 in Berlin
	bounds := s.At(now, time.Minute)
	fmt.Println(bounds.AtLeast.Replicas, bounds.AtLeast.Why)
	// Output: 3 from 08:00 until 2026-12-01 18:00 CET (0 8 * * 1-5 Europe/Berlin)
}
