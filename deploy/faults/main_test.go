//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/live"
	"prewarm/deploy/faults/schedule"
	"prewarm/shared/cli"
)

// TestMain runs a part of the chain if the environment says so: the tests start themselves
// again as NATS, gateway and cron connector.
func TestMain(m *testing.M) {
	if os.Getenv(live.PartKey) != "" {
		cli.Main("faults", run)
	}
	os.Exit(m.Run())
}

// TestTheVirtualChainSurvives is the short form of the program at the level virtual.
func TestTheVirtualChainSurvives(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-level", "virtual", "-faults", "40", "-seed", "11"}, &out, io.Discard); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "all                                         40        40") {
		t.Errorf("the table does not say that 40 of 40 were survived:\n%s", out.String())
	}
}

// TestThePlatformSurvives breaks real processes. A busy machine may take long to heal and miss
// steps: the bounds in time are for the program alone.
func TestThePlatformSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a whole platform")
	}
	t.Chdir("../..")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	dir := t.TempDir() + "/chain"
	before := live.Observe(dir)
	c, err := live.Start(ctx, live.Options{Seed: 1, Step: 2 * time.Second, Dir: dir, Output: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	c.Quiet(false)
	for _, part := range []schedule.Part{schedule.Scaler, schedule.NATS, schedule.Connector} {
		round := schedule.Round{{Cell: schedule.Cell{Level: schedule.Platform, Kind: schedule.Kill, Part: part}, Length: 0.5}}
		_, violations, err := c.Round(ctx, round)
		if err != nil {
			t.Error(err)
		}
		for _, v := range violations {
			if v.Rule != invariant.Missing {
				t.Errorf("%v: %v", round, v)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for _, v := range before.Left() {
		t.Error(v)
	}
}

func TestFlagsOutOfBoundsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		"-faults must be between 1 and 100000, was: 0":             {"-faults", "0"},
		"-step must be whole seconds between 1s and 1m, was: 1.5s": {"-step", "1500ms"},
		`-level must be virtual or platform, was: "cluster"`:       {"-level", "cluster"},
		`-kinds must name kinds of faults, has: "flood"`:           {"-kinds", "kill,flood"},
		`-parts must name parts of the chain, has: "printer"`:      {"-parts", "printer"},
		"-kinds, -parts and -level leave no fault":                 {"-kinds", "rollout", "-parts", "store"},
	} {
		if _, err := parse(args, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}

// TestBothLevelsShareTheFaults: kinds that a level does not have leave all of them to the
// other one.
func TestBothLevelsShareTheFaults(t *testing.T) {
	for args, want := range map[string]map[schedule.Level]int{
		"":                {schedule.Virtual: 750, schedule.Platform: 250},
		"-kinds=clock":    {schedule.Virtual: 1000},
		"-kinds=disk":     {schedule.Platform: 1000},
		"-level=platform": {schedule.Platform: 1000},
	} {
		o, err := parse(strings.Fields(args), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		got := map[schedule.Level]int{}
		for _, l := range o.levels() {
			got[l.name] = l.faults
		}
		if len(got) != len(want) || got[schedule.Virtual] != want[schedule.Virtual] || got[schedule.Platform] != want[schedule.Platform] {
			t.Errorf("%q: got %v, want %v", args, got, want)
		}
	}
}

// TestAViolationIsReported: a round that heals late or breaks a rule is not survived.
func TestAViolationIsReported(t *testing.T) {
	r := &report{limit: 3}
	round := schedule.Round{{Cell: schedule.Cell{Level: schedule.Virtual, Kind: schedule.Kill, Part: schedule.Store}}}
	r.round(round, 1, nil)
	if r.violated() {
		t.Error("a round without violations counts as violated")
	}
	r.round(round, 3.5, nil)
	r.round(round, 1, []invariant.Violation{{Rule: invariant.Once, Function: "hello.openfaas-fn", Step: 60}})
	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"VIOLATED not healed", "healed after 3.50 steps", "VIOLATED decided twice: hello.openfaas-fn at step 60", "kill   store  virtual  3         1         3.50"} {
		if !r.violated() || !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
