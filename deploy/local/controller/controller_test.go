package controller

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/autoscaler"
	"prewarm/shared/testbed"
)

// docs.openfaas.com, "Auto-scaling your functions": the table of labels.
func TestTheDefaultsOfTheLabels(t *testing.T) {
	got, err := ReadScaling(nil, 60)
	want := Scaling{
		Rule:         autoscaler.Rule{Min: 1, Max: 20, Target: 50, Proportion: 0.90},
		ZeroDuration: 15 * time.Minute, Type: "rps",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestDurationsInLabelsAreOnTheClock: a minute of the trace passes in a second.
func TestDurationsInLabelsAreOnTheClock(t *testing.T) {
	got, err := ReadScaling(map[string]string{
		"com.openfaas.scale.min": "0", "com.openfaas.scale.max": "4", "com.openfaas.scale.zero": "true",
		"com.openfaas.scale.zero-duration": "10s", "com.openfaas.scale.down.window": "5s",
		"com.openfaas.scale.type": "latency", "com.openfaas.scale.target": "0.06", "com.openfaas.scale.target-proportion": "0.5",
	}, 60)
	want := Scaling{
		Rule: autoscaler.Rule{Min: 1, Max: 4, Target: 0.06, Proportion: 0.5, DownWindow: 5 * time.Minute},
		Zero: true, ZeroDuration: 10 * time.Minute, Type: "latency",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnUnreadableLabelIsNamed(t *testing.T) {
	for label, value := range map[string]string{
		"com.openfaas.scale.min": "x", "com.openfaas.scale.max": "0", "com.openfaas.scale.zero": "perhaps",
		"com.openfaas.scale.zero-duration": "0s", "com.openfaas.scale.down.window": "6m",
		"com.openfaas.scale.type": `"}`, "com.openfaas.scale.target": "0", "com.openfaas.scale.target-proportion": "NaN",
	} {
		if _, err := ReadScaling(map[string]string{label: value}, 1); err == nil || !strings.Contains(err.Error(), label) {
			t.Errorf("%s=%s: got %v", label, value, err)
		}
	}
}

func FuzzReadScaling(f *testing.F) {
	f.Add("3", "7", "true", "5m", "cpu", "100", "0.5", "5m")
	f.Fuzz(func(t *testing.T, least, most, zero, idle, kind, target, proportion, window string) {
		s, err := ReadScaling(map[string]string{
			"com.openfaas.scale.min": least, "com.openfaas.scale.max": most, "com.openfaas.scale.zero": zero,
			"com.openfaas.scale.zero-duration": idle, "com.openfaas.scale.type": kind, "com.openfaas.scale.target": target,
			"com.openfaas.scale.target-proportion": proportion, "com.openfaas.scale.down.window": window,
		}, 60)
		if err == nil && (s.Min < 1 || s.Max < s.Min || s.ZeroDuration <= 0 || !(s.Target > 0) || !(s.Proportion > 0) || s.DownWindow < 0 || strings.ContainsAny(s.Type, `"{}\`)) {
			t.Errorf("accepted %+v", s)
		}
	})
}

// ticks counts calls of Sync; each fails.
type ticks struct{ at []time.Time }

func (c *ticks) Name() string          { return "ticks" }
func (c *ticks) Period() time.Duration { return 15 * time.Second }
func (c *ticks) Sync(_ context.Context, now time.Time) error {
	c.at = append(c.at, now)
	return errors.New("out of order")
}

func TestAControllerRunsInTheTimeOfTheTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1001*time.Millisecond)
		defer cancel()
		var c ticks
		var log testbed.Buffer
		clock := Clock{Begin: time.Now(), Speed: 60}
		if err := Run(ctx, &c, clock, slog.New(slog.NewTextHandler(&log, nil))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if len(c.at) != 4 || c.at[3].Sub(clock.Begin) != time.Minute {
			t.Errorf("a second on the clock had rounds at %v, want four in a minute", c.at)
		}
		if n := strings.Count(log.String(), "a controller failed"); n != 1 {
			t.Errorf("four failures in a row are logged %d times, want once", n)
		}
		if !strings.Contains(log.String(), "controller=ticks") || !strings.Contains(log.String(), "out of order") {
			t.Errorf("logged %s", log.String())
		}
	})
}
