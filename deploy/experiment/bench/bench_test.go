//go:build unix

package bench

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program be NATS, as the program of the bench is.
func TestMain(m *testing.M) {
	text := os.Getenv(NATSKey)
	if text == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := RunNATS(ctx, text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// small is a bench that takes seconds on a quiet machine. However slow the machine is, the
// chain refuses no message as too old.
func small(t *testing.T) Options {
	if testing.Short() {
		t.Skip("starts the whole chain")
	}
	state := t.TempDir()
	t.Chdir("../../..")
	return Options{
		Sizes: []Size{{Functions: 20, Step: 2 * time.Second, Steps: 5}}, Seed: 1, History: 60, State: state,
		Env: map[string]string{"max_age_steps": "60"},
	}
}

// The chain decides every function in every step that it collects, and what its parts have
// asked the gateway adds up.
func TestEveryStepIsDecidedAndTheRequestsAddUp(t *testing.T) {
	o := small(t)
	results, err := Run(t.Context(), o, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	r := results[0]
	if r.Steps != 5 || r.Functions != 20 || r.Decided+r.Missing != 5*20 {
		t.Errorf("got %d steps of %d functions, %d decided, %d missing", r.Steps, r.Functions, r.Decided, r.Missing)
	}
	// A step that a busy machine has skipped has no windows.
	if r.FirstWindow.N == 0 || r.Decided != 20*r.FirstWindow.N || r.Invalid != 0 {
		t.Errorf("got %d decisions in %d steps with windows, %d invalid messages", r.Decided, r.FirstWindow.N, r.Invalid)
	}
	r.wantSums(t)
	for _, part := range []string{"collector", "predictor", "scaler", "dashboard", "connector", "nats", "store"} {
		if r.CPU[part] <= 0 {
			t.Errorf("%s used %v s of CPU", part, r.CPU[part])
		}
	}
	for _, m := range r.Memory {
		if m.Peak <= 0 || m.Limit > 0 && m.Peak > m.Limit {
			t.Errorf("%s had %d bytes of %d", m.Part, m.Peak, m.Limit)
		}
	}
	wantNothingLeft(t, o.State)
}

// wantSums compares the requests by kind with those by caller, and the scale calls with the
// decisions.
func (r *Result) wantSums(t *testing.T) {
	sums := map[string]float64{}
	for asked, n := range r.Callers {
		var caller, kind string
		if _, err := fmt.Sscan(asked, &caller, &kind); err != nil {
			t.Fatal(err)
		}
		sums[kind] += n
	}
	for kind, n := range r.Requests {
		if diff := n - sums[kind]; diff > 1e-9 || diff < -1e-9 {
			t.Errorf("%v requests of kind %s, %v by caller", n, kind, sums[kind])
		}
	}
	// Readings lie between two steps, so that calls of a slow step may lie outside.
	if scales := r.Requests["scale"] * float64(r.Steps); r.Late == 0 && int(scales+0.5) != r.Scales+r.Between {
		t.Errorf("%v scale calls, %d by decisions and %d between steps", scales, r.Scales, r.Between)
	}
	if r.Requests["invoke"] == 0 || r.Requests["list"] == 0 || r.Bytes["gateway, list"] == 0 || r.Bytes["store"] == 0 {
		t.Errorf("requests %v, bytes %v", r.Requests, r.Bytes)
	}
}

func wantNothingLeft(t *testing.T, state string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(state, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestAnInterruptLeavesNothing(t *testing.T) {
	o := small(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o, t.Output()); err == nil {
		t.Error("an interrupted bench has no error")
	}
	wantNothingLeft(t, o.State)
}
