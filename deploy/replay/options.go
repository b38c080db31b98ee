package main

import (
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"prewarm/deploy/replay/openloop"
	"prewarm/shared/cli"
	"prewarm/shared/trace"
	"prewarm/shared/trace/synthetic"
)

// options are the flags.
// Zero values of replay take the defaults of package openloop.
type options struct {
	trace     string
	reader    cli.TraceReader
	generate  bool
	generator synthetic.Options

	selection openloop.Selection
	replay    openloop.Options
	csv, json string // paths, "" for none
}

// parseOptions reads and checks the flags.
func parseOptions(args []string, usage io.Writer) (options, error) {
	o := options{selection: openloop.Selection{Map: map[string]string{}}}
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(usage)
	o.traceFlags(flags)
	o.selectionFlags(flags)
	o.replayFlags(flags)
	flags.StringVar(&o.csv, "csv", "", "write the report, a row per function, to this `file`")
	flags.StringVar(&o.json, "json", "", "write the report to this `file`")
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	return o, o.check()
}

// traceFlags defines the flags that choose or generate the trace.
// -from and -minutes belong to the plan, but choose a part of the trace for the selection
// too.
func (o *options) traceFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.trace, "trace", "", "directory or file of a trace, or - for the standard input; the layout is recognised: `path`")
	o.reader.Flags(flags)
	flags.Func("generate", "generate a trace from this `seed` instead; functions with fewer than ten calls a month are left out", func(v string) (err error) {
		// Rare functions have hardly a call in the minutes of a replay.
		o.generate, o.generator.SkipRare = true, true
		o.generator.Seed, err = strconv.ParseUint(v, 10, 64)
		return err
	})
	flags.IntVar(&o.generator.Functions, "generate-functions", 100, "`functions` of the generated trace")
	flags.IntVar(&o.generator.Minutes, "generate-minutes", trace.MinutesPerDay, "`minutes` of the generated trace")
	flags.IntVar(&o.replay.Plan.From, "from", 0, "first `minute` of the trace to replay, from 0")
	flags.IntVar(&o.replay.Plan.Minutes, "minutes", 0, "`minutes` to replay; 0 for all from -from on")
}

// selectionFlags defines the flags that choose functions of the trace.
func (o *options) selectionFlags(flags *flag.FlagSet) {
	flags.Func("functions", "deployed `functions`, separated by commas: each gets the calls of the next selected function of the trace", func(v string) error {
		o.selection.Deployed = strings.Split(v, ",")
		return nil
	})
	flags.Func("map", "`trace=deployed` pairs, separated by commas, instead of -functions", func(v string) error {
		return parseMap(v, o.selection.Map)
	})
	flags.Func("match", "only functions of the trace whose name matches this regular `expression`", func(v string) (err error) {
		o.selection.Match, err = regexp.Compile(v)
		return err
	})
	flags.Int64Var(&o.selection.MinCalls, "min-calls", 1, "only functions of the trace with at least this many `calls` in the minutes to replay")
	flags.Int64Var(&o.selection.MaxCalls, "max-calls", 0, "only functions of the trace with at most this many `calls`; 0 for no bound")
	flags.IntVar(&o.selection.Limit, "limit", 0, "replay at most this many `functions`; 0 for no bound")
}

// replayFlags defines the flags of the calls.
func (o *options) replayFlags(flags *flag.FlagSet) {
	r := &o.replay
	flags.StringVar(&r.Gateway, "gateway", "http://127.0.0.1:8080", "`URL` of the gateway")
	flags.StringVar(&r.MetricsURL, "metrics", "", "`URL` of the gateway's metrics; GATEWAY/metrics by default, none to leave them unread")
	flags.Float64Var(&r.Speed, "speed", 1, "`seconds` of the trace in one second on the clock")
	flags.Uint64Var(&r.Plan.Seed, "seed", 1, "`seed` of the times within a minute")
	flags.StringVar((*string)(&r.Plan.Spread), "spread", string(openloop.Poisson), "times within a minute: `poisson` or even")
	flags.BoolVar(&r.Plan.Timers, "timers", false, "send the call of a minute with one call always at the same second, as a timer does")
	flags.Float64Var(&r.WorkScale, "work-scale", 0, "`seconds` of work that a call asks for, for each second of its duration in the trace; 0 for 1/speed")
	flags.Float64Var(&r.MaxWork, "max-work", 30, "most `seconds` of work that a call asks for")
	flags.IntVar(&r.MaxInFlight, "max-in-flight", 1000, "most `calls` in progress; further ones are dropped and counted")
	flags.DurationVar(&r.Timeout, "timeout", time.Minute, "longest `duration` of a call")
	flags.DurationVar(&r.Drain, "drain", 5*time.Second, "`duration` that calls may still take after an interrupt")
}

// parseMap adds trace=deployed pairs to a map. No trace function may occur twice.
func parseMap(list string, into map[string]string) error {
	for _, pair := range strings.Split(list, ",") {
		from, to, found := strings.Cut(pair, "=")
		// An empty name would select or call nothing, without an error later on.
		if _, twice := into[from]; !found || from == "" || to == "" || twice {
			return fmt.Errorf("must be trace=deployed, each function once, was: %q", pair)
		}
		into[from] = to
	}
	return nil
}

// check checks flags that other packages do not check.
// The options of the replay name their flags in their own errors.
func (o options) check() error {
	switch {
	case o.generate == (o.trace != ""):
		return fmt.Errorf("one of -trace and -generate must be given")
	case len(o.selection.Map) > 0 && len(o.selection.Deployed) > 0:
		return fmt.Errorf("-map and -functions exclude each other")
	case o.selection.Limit < 0:
		return fmt.Errorf("-limit must be at least 0, was: %d", o.selection.Limit)
	case o.selection.MinCalls < 0:
		return fmt.Errorf("-min-calls must be at least 0, was: %d", o.selection.MinCalls)
	case o.selection.MaxCalls != 0 && o.selection.MaxCalls < max(1, o.selection.MinCalls):
		return fmt.Errorf("-max-calls must be 0 or at least %d, was: %d", max(1, o.selection.MinCalls), o.selection.MaxCalls)
	}
	return nil
}

// open reads or generates the trace.
// The generated trace depends on its flags alone, so that a run can be repeated from its
// command line.
func (o options) open(log io.Writer) (*trace.Trace, error) {
	if o.generate {
		tr, err := synthetic.Generate(o.generator)
		if err != nil {
			// The generator's error begins with the name of the field, the second part of the flag.
			return nil, fmt.Errorf("-generate-%w", err) // functions or minutes
		}
		return tr, nil
	}
	o.reader.Log = log
	return o.reader.Open(o.trace)
}
