// Faults breaks the chain again and again, as a seed says, and checks after each fault that no
// step was lost or decided twice, that nothing was scaled in without evidence or applied
// twice, and that the chain heals.
//
//	go run ./deploy/faults -seed 1 -faults 1000
//
// The working directory must be the root of the repository. The exit status is not 0 if
// anything is violated.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"prewarm/deploy/faults/live"
	"prewarm/deploy/faults/schedule"
	"prewarm/shared/cli"
)

func main() { cli.Main("faults", run) }

// errViolated means that the chain did not hold what it promises.
var errViolated = errors.New("the chain is broken")

// run runs the levels one after the other and prints the table of both, also of a part if it
// is interrupted.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	if text := os.Getenv(live.PartKey); text != "" {
		return live.RunPart(ctx, text) // this process is a part of the chain
	}
	o, err := parse(args, log)
	if err != nil {
		return err
	}
	r := &report{limit: o.healSteps}
	err = o.runLevels(ctx, r, log)
	r.print(out)
	if err == nil && r.violated() {
		err = fmt.Errorf("%w: %d violations with seed %d", errViolated, len(r.violations), o.seed)
	}
	return err
}

// runLevels divides the faults among the levels and runs each.
func (o options) runLevels(ctx context.Context, r *report, log io.Writer) error {
	bar := cli.NewBar(log, "faults", int64(o.faults))
	defer bar.Done()
	for _, l := range o.levels() {
		rounds := schedule.Draw(o.seed, l.faults, l.cells)
		if err := l.run(ctx, o, rounds, r, bar); err != nil {
			return fmt.Errorf("level %s: %w", l.name, err)
		}
	}
	return nil
}
