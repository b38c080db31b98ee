package event_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"prewarm/shared/event"
)

func TestOnlyCurrentStepsAreAccepted(t *testing.T) {
	const step = 1_800_000_000
	for _, c := range []struct {
		stepSeconds, maxSteps int
		age                   time.Duration
		current               bool
	}{
		{60, 3, 3 * time.Minute, true},
		{60, 3, 3*time.Minute + time.Second, false},
		{60, 3, -time.Minute, true}, // clocks differ by one step
		{60, 3, -time.Minute - time.Second, false},
		{60, 60, event.MaxAge, true}, // sixty steps would be an hour
		{60, 60, event.MaxAge + time.Second, false},
		{3600, 3, event.MaxAge, true},
		{3600, 3, -event.MaxAge, true},
		{3600, 3, -event.MaxAge - time.Second, false},
		{math.MaxInt, 60, event.MaxAge, true}, // nothing overflows
		{math.MaxInt, 60, event.MaxAge + time.Second, false},
	} {
		err := event.CheckAge(time.Unix(step, 0).Add(c.age), step, c.stepSeconds, c.maxSteps)
		if (err == nil) != c.current || err != nil && !errors.Is(err, event.ErrStale) {
			t.Errorf("steps of %d s, age %v: %v", c.stepSeconds, c.age, err)
		}
	}
}
