package policy_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"prewarm/shared/policy"
)

func TestACostRatioHasAMeaning(t *testing.T) {
	hurt := policy.Hurt{Start: 2 * time.Second, Idle: 30 * time.Minute}
	for _, c := range []struct {
		why         string
		start, step time.Duration
		want        float64
	}{
		{"as slow as the cold start spoken of: a minute over 30", 2 * time.Second, time.Minute, 1.0 / 30},
		{"twice as slow hurts twice as much", 4 * time.Second, time.Minute, 1.0 / 60},
		{"a step of a second costs a sixtieth", 2 * time.Second, time.Second, 1.0 / 1800},
		{"ready at once: never worth a replica", 0, time.Minute, policy.MostRatio},
		{"hours to start", 10 * time.Hour, time.Minute, policy.LeastRatio},
	} {
		got, err := hurt.Ratio(c.start, c.step)
		if err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: ratio is %v (%v), want %v", c.why, got, err, c.want)
		}
	}
	if got := policy.Idle(1.0/30, time.Minute); got.Round(time.Second) != 30*time.Minute {
		t.Errorf("at a ratio of 1/30 a cold start equals %v, want 30m", got)
	}
}

func TestACostWithoutMeaningIsRefused(t *testing.T) {
	for want, h := range map[string]policy.Hurt{
		"start time of the cold start that hurts must be positive, was: 0s": {Idle: time.Minute},
		"idle time that it equals must be positive, was: -1s":               {Start: time.Second, Idle: -time.Second},
	} {
		if _, err := h.Ratio(time.Second, time.Minute); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error is %v, want one with %q", h, err, want)
		}
	}
	good := policy.Hurt{Start: time.Second, Idle: time.Minute}
	if _, err := good.Ratio(time.Second, 0); err == nil {
		t.Error("a step of no length was accepted")
	}
	if _, err := good.Ratio(-time.Second, time.Minute); err == nil {
		t.Error("a negative start time was accepted")
	}
}
