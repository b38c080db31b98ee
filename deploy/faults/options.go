package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"prewarm/deploy/faults/schedule"
	"prewarm/shared/cli"
)

// options are the flags.
type options struct {
	seed      uint64
	faults    int
	step      time.Duration
	kinds     []schedule.Kind
	parts     []schedule.Part
	only      schedule.Level // empty for both
	healSteps float64        // a longer time to heal is a violation
}

// parse reads and checks the flags.
func parse(args []string, log io.Writer) (options, error) {
	o := options{healSteps: 3}
	fs := flag.NewFlagSet("faults", flag.ContinueOnError)
	fs.SetOutput(log)
	fs.Uint64Var(&o.seed, "seed", 1, "seed of faults and traffic")
	fs.IntVar(&o.faults, "faults", 1000, "`number` of faults, 1 to 100000")
	fs.DurationVar(&o.step, "step", 2*time.Second, "length of a step on the platform, in whole seconds; the virtual level has steps of a minute")
	kinds := fs.String("kinds", "", "kinds of faults, separated by commas; empty for all")
	parts := fs.String("parts", "", "parts that faults hit, separated by commas; empty for all")
	level := fs.String("level", "", "virtual or platform; empty for both")
	if err := cli.Parse(fs, args); err != nil {
		return o, err
	}
	o.kinds, o.parts, o.only = list[schedule.Kind](*kinds), list[schedule.Part](*parts), schedule.Level(*level)
	return o, o.check()
}

// list splits names at commas.
func list[T ~string](text string) (out []T) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, T(name))
		}
	}
	return out
}

// check names the first flag that is out of bounds.
func (o options) check() error {
	switch {
	case o.faults < 1 || o.faults > 100_000:
		return fmt.Errorf("-faults must be between 1 and 100000, was: %d", o.faults)
	case o.step < time.Second || o.step > time.Minute || o.step%time.Second != 0:
		return fmt.Errorf("-step must be whole seconds between 1s and 1m, was: %v", o.step)
	case o.only != "" && o.only != schedule.Virtual && o.only != schedule.Platform:
		return fmt.Errorf("-level must be virtual or platform, was: %q", o.only)
	}
	for _, k := range o.kinds {
		if !slices.ContainsFunc(allCells(), func(c schedule.Cell) bool { return c.Kind == k }) {
			return fmt.Errorf("-kinds must name kinds of faults, has: %q", k)
		}
	}
	for _, p := range o.parts {
		if !slices.ContainsFunc(allCells(), func(c schedule.Cell) bool { return c.Part == p || c.To == p }) {
			return fmt.Errorf("-parts must name parts of the chain, has: %q", p)
		}
	}
	if len(o.levels()) == 0 {
		return fmt.Errorf("-kinds, -parts and -level leave no fault")
	}
	return nil
}

// level is the share of one level.
type level struct {
	name   schedule.Level
	faults int
	cells  []schedule.Cell
	run    func(context.Context, options, []schedule.Round, *report, *cli.Bar) error
}

// virtualShare is the share of the faults at the level virtual, where they take no time, if
// both levels run.
const virtualShare = 0.75

// levels divides the faults.
func (o options) levels() (out []level) {
	virtual, platform := schedule.Only(schedule.VirtualCells(), o.kinds, o.parts), schedule.Only(schedule.PlatformCells(), o.kinds, o.parts)
	n := int(virtualShare * float64(o.faults))
	if len(virtual) == 0 || o.only == schedule.Platform {
		n = 0
	} else if len(platform) == 0 || o.only == schedule.Virtual {
		n = o.faults
	}
	if n > 0 {
		out = append(out, level{schedule.Virtual, n, virtual, runVirtual})
	}
	if rest := o.faults - n; rest > 0 && len(platform) > 0 && o.only != schedule.Virtual {
		out = append(out, level{schedule.Platform, rest, platform, runPlatform})
	}
	return out
}

func allCells() []schedule.Cell {
	return append(schedule.VirtualCells(), schedule.PlatformCells()...)
}
