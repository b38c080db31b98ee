package main

import (
	"strings"
	"testing"

	"prewarm/shared/event"
)

// A bound that a schedule has set is changed there, and not at the limits of the function.
func TestABoundOfTheScheduleIsChangedThere(t *testing.T) {
	for reason, want := range map[string]string{
		"no call is expected: release; at least 3 by the schedule until 18:00": "lower minReplicaCount",
		"no call is expected: release":                                         "lower prewarm.min",
	} {
		d := event.Decision{Wanted: 3, Reason: reason, Inputs: event.Inputs{Min: 3, Max: 9}}
		if got := byBounds(&d); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q, want %q", reason, got, want)
		}
	}
	for reason, want := range map[string]string{
		"4 warm; at most 1 by the schedule until 06:00": "raise maxReplicaCount",
		"4 warm; at most 1 by the function's limits":    "raise prewarm.max",
	} {
		d := event.Decision{Wanted: 1, Reason: reason, Inputs: event.Inputs{Max: 1}}
		if got := byBounds(&d); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q, want %q", reason, got, want)
		}
	}
}
