package main

import (
	"context"

	"prewarm/deploy/faults/schedule"
	"prewarm/deploy/faults/virtual"
	"prewarm/shared/cli"
)

// learnSteps is how long a chain runs before the first fault.
const learnSteps = 20

// runVirtual injects the rounds into a virtual chain, and compares its end with that of a
// chain without faults.
func runVirtual(ctx context.Context, o options, rounds []schedule.Round, r *report, bar *cli.Bar) error {
	w, err := virtual.New(ctx, o.seed)
	if err != nil {
		return err
	}
	w.Learn(learnSteps)
	for _, round := range rounds {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		heal, violations := w.Round(round)
		r.round(round, heal, violations)
		bar.Add(int64(len(round)))
	}
	want, err := virtual.Reference(ctx, o.seed, w.Passed())
	if err != nil {
		return err
	}
	r.note("all faults of level virtual", w.Settle().Differs(want))
	return nil
}
