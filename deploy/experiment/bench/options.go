package bench

import (
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/cli"
	"prewarm/shared/series"
)

// Options configure a bench: its sizes, which are measured one after the other.
type Options struct {
	Sizes   []Size
	Seed    uint64 // of the calls
	History int    // steps before the begin, 0 to series.MaxSteps
	State   string // directory for all that is written; what the bench makes in it is removed
	Out     string // file of the results, "" for none
	Verbose bool   // the log of all parts

	// Env overrides variables of the suite; not a flag.
	Env map[string]string
}

// Size is one measurement.
type Size struct {
	Functions int
	Step      time.Duration
	Steps     int // that are measured
}

// Bounds of a size.
const (
	maxFunctions = 100_000
	maxStep      = time.Hour
	maxSteps     = 10_000
)

// Parse reads the flags of the command.
func Parse(args []string, log io.Writer) (Options, error) {
	var o Options
	var functions, steps, minutes string
	fs := flag.NewFlagSet("experiment bench", flag.ContinueOnError)
	fs.SetOutput(log)
	fs.StringVar(&functions, "functions", "100,1000,10000", "numbers of functions, measured one after the other")
	fs.StringVar(&steps, "step", "10s,10s,60s", "lengths of a step, one for each number of functions, or one for all")
	fs.StringVar(&minutes, "minutes", "5,5,30", "minutes that are measured, one for each number of functions, or one for all")
	fs.Uint64Var(&o.Seed, "seed", 1, "seed of the calls")
	fs.IntVar(&o.History, "history", series.MaxSteps, "steps of history that the store has at the begin")
	fs.StringVar(&o.State, "state", ".state/bench", "`directory` of streams, samples and deployments, which are removed at the end")
	fs.StringVar(&o.Out, "out", "", "`file` of the results in JSON")
	fs.BoolVar(&o.Verbose, "v", false, "log what the parts log")
	if err := cli.Parse(fs, args); err != nil {
		return o, err
	}
	var err error
	o.Sizes, err = parseSizes(functions, steps, minutes)
	if err != nil {
		return o, err
	}
	return o, o.check()
}

// parseSizes joins three lists. A list of one element stands for as many as needed.
func parseSizes(functions, steps, minutes string) ([]Size, error) {
	all := strings.Split(functions, ",")
	lengths, durations := strings.Split(steps, ","), strings.Split(minutes, ",")
	for _, list := range []struct {
		name string
		of   []string
	}{{"step", lengths}, {"minutes", durations}} {
		if n := len(list.of); n != 1 && n != len(all) {
			return nil, fmt.Errorf("-%s must have one element or %d, as -functions, had: %d", list.name, len(all), n)
		}
	}
	var sizes []Size
	for i, text := range all {
		size, err := parseSize(text, lengths[min(i, len(lengths)-1)], durations[min(i, len(durations)-1)])
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

func parseSize(functions, step, minutes string) (s Size, err error) {
	if s.Functions, err = strconv.Atoi(functions); err != nil {
		return s, fmt.Errorf("-functions must be numbers, has: %q", functions)
	}
	if s.Step, err = time.ParseDuration(step); err != nil {
		return s, fmt.Errorf("-step must be durations such as 10s, has: %q", step)
	}
	if s.Step < time.Second || s.Step > maxStep || s.Step%time.Second != 0 {
		return s, fmt.Errorf("-step must be whole seconds between 1s and %v, was: %v", maxStep, s.Step)
	}
	length, err := strconv.ParseFloat(minutes, 64)
	if err != nil || !(length > 0) || length*float64(time.Minute) > maxSteps*float64(s.Step) {
		return s, fmt.Errorf("-minutes must be above 0 and at most %d steps, was: %q", maxSteps, minutes)
	}
	s.Steps = max(1, int(math.Round(length*float64(time.Minute)/float64(s.Step))))
	return s, nil
}

// check names the first option that is out of bounds.
func (o Options) check() error {
	for _, s := range o.Sizes {
		if s.Functions < 1 || s.Functions > maxFunctions {
			return fmt.Errorf("-functions must be between 1 and %d, was: %d", maxFunctions, s.Functions)
		}
	}
	if o.History < 0 || o.History > series.MaxSteps {
		return fmt.Errorf("-history must be between 0 and %d, was: %d", series.MaxSteps, o.History)
	}
	return nil
}
