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

// The policy keeps the mean of 50 replicas by the forecast and four by the history. The forecast
// alone is sure that more are needed: a ratio below 1 is there already, and adds none.
func TestOneReplicaMoreIsNotPromisedByTheForecastAlone(t *testing.T) {
	const quantiles = "chance of a call within 1 steps is 100.0 %, cost ratio 10.0 %: 27 warm by the forecast's quantiles"
	for _, c := range []struct {
		cause, reason string
		more          float64
		want          string // "" for nothing
	}{
		{"mean of forecast and history", quantiles + " and the function's own history", 1, "or in the function's own history: their mean is kept"},
		{"the same, below the ratio", quantiles + " and the function's own history", 0.05, "or in the function's own history: their mean is kept"},
		{"the forecast alone", quantiles, 0.05, "a cost ratio below 0.05 (prewarm.cost-ratio)"},
		{"an upper bound above the ratio tells nothing", quantiles, 0.2, ""},
	} {
		got := oneMore(&event.Decision{Wanted: 27, Reason: c.reason, Inputs: event.Inputs{CostRatio: 0.1, PActive: 1, PMore: c.more, Max: 100}})
		if (len(got) == 0) != (c.want == "") || len(got) > 0 && !strings.Contains(got[0], c.want) {
			t.Errorf("%s: got %q, want %q", c.cause, got, c.want)
		}
	}
}
