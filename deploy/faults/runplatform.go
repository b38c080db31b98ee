//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"prewarm/deploy/faults/live"
	"prewarm/deploy/faults/schedule"
	"prewarm/shared/cli"
)

// settleSteps is how long replicas must stay before they count as settled.
const settleSteps = 8

// stateDir is where the platform of this program keeps its files.
const stateDir = ".state/faults"

// runPlatform injects the rounds into a chain of real processes. Without calls it must settle
// on the same replicas before the first fault and after the last one.
func runPlatform(ctx context.Context, o options, rounds []schedule.Round, r *report, bar *cli.Bar) (err error) {
	dir := filepath.Join(stateDir, fmt.Sprint(os.Getpid()))
	output, err := openLog(dir + ".log")
	if err != nil {
		return err
	}
	defer output.Close()
	before := live.Observe(dir)
	c, err := live.Start(ctx, live.Options{Seed: o.seed, Step: o.step, Dir: dir, Output: output})
	if err != nil {
		return fmt.Errorf("%w; the output of its parts is in %s", err, output.Name())
	}
	err = injectAll(ctx, c, rounds, r, bar)
	err = errors.Join(err, c.Close())
	r.note("the end of level platform", before.Left())
	return err
}

// injectAll is the story of a running chain.
func injectAll(ctx context.Context, c *live.Chain, rounds []schedule.Round, r *report, bar *cli.Bar) error {
	// The run without faults comes first, on the same chain.
	if violations, err := c.SettlesOn(ctx, settleSteps, live.Rest()); err != nil || len(violations) > 0 {
		return errors.Join(err, fmt.Errorf("before the first fault: %v", violations))
	}
	c.Quiet(false)
	for _, round := range rounds {
		possible := slices.DeleteFunc(slices.Clone(round), func(f schedule.Fault) bool { return c.Skipped(f.Cell) != "" })
		for _, f := range round {
			if reason := c.Skipped(f.Cell); reason != "" {
				r.skip(fmt.Sprintf("%s of %s: %s", f.Kind, f.Target(), reason))
			}
		}
		heal, violations, err := c.Round(ctx, possible)
		if err != nil {
			return err
		}
		r.round(possible, heal, violations)
		bar.Add(int64(len(round)))
	}
	c.Quiet(true)
	violations, err := c.SettlesOn(ctx, settleSteps, live.Rest())
	if err != nil {
		return err
	}
	r.note("all faults of level platform", violations)
	return nil
}

// openLog opens the file for the output of all parts.
func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.Create(path)
}
