package policy_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"prewarm/shared/policy"
)

func TestACostRatioHasAMeaning(t *testing.T) {
	cost := policy.ColdStartCost{Start: 2 * time.Second, Idle: 30 * time.Minute}
	for _, c := range []struct {
		why             string
		readiness, step time.Duration
		want            float64
	}{
		{"as slow as the stated cold start: one minute over 30", 2 * time.Second, time.Minute, 1.0 / 30},
		{"twice as slow costs twice as much", 4 * time.Second, time.Minute, 1.0 / 60},
		{"a step of a second costs a sixtieth", 2 * time.Second, time.Second, 1.0 / 1800},
		{"ready at once: never worth an idle replica", 0, time.Minute, policy.MostRatio},
		{"hours to start", 10 * time.Hour, time.Minute, policy.LeastRatio},
	} {
		got, err := cost.Ratio(c.readiness, c.step)
		if err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: ratio is %v (%v), want %v", c.why, got, err, c.want)
		}
	}
}

func TestACostWithoutMeaningIsRefused(t *testing.T) {
	good := policy.ColdStartCost{Start: time.Second, Idle: time.Minute}
	for want, c := range map[string]struct {
		cost            policy.ColdStartCost
		readiness, step time.Duration
	}{
		"start time of a cold start must be positive, was: 0s":                    {policy.ColdStartCost{Idle: time.Minute}, time.Second, time.Minute},
		"idle time that costs as much as a cold start must be positive, was: -1s": {policy.ColdStartCost{Start: time.Second, Idle: -time.Second}, time.Second, time.Minute},
		"step must be positive, was: 0s":                                          {good, time.Second, 0},
		"readiness time must not be negative, was: -1s":                           {good, -time.Second, time.Minute},
	} {
		if _, err := c.cost.Ratio(c.readiness, c.step); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error is %v, want one with %q", c, err, want)
		}
	}
}
