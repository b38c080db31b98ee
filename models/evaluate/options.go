package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"

	"prewarm/models"
	"prewarm/models/evaluate/training"
	"prewarm/shared/cli"
)

// options are the flags of the command.
type options struct {
	// Input: the trace to score, the directory of the traces to train on, which
	// functions and which model.
	trace, traces    string
	functions, model string
	reader           cli.TraceReader

	// Output. If forecasts names a file, forecasts are exported and not scored.
	forecasts  string
	out, cache string
	json       bool

	// Protocol. A stride of 0 depends on the number of minutes, see strideOf; 0 folds
	// mean the embedded model; seeds and budget are those of trained models.
	stride, folds, seeds int
	budget               training.Budget
	history              []int // bounds in steps, nil for all that a window holds

	// Chapters besides the embedded model and the folds; all selects every chapter.
	transfer, audit, all, hourly bool
}

// parseOptions reads the flags, sets the defaults that depend on other flags, and
// returns an error that names the flag if a value is out of range.
func parseOptions(args []string, log io.Writer) (options, error) {
	o := options{budget: training.FoldBudget()}
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.trace, "trace", "../shared/traces/azure2019", "directory or file of the trace to score: `path`")
	flags.StringVar(&o.traces, "traces", "../shared/traces", "`directory` of the traces that models are trained on, for -folds, -transfer and -all")
	flags.BoolVar(&o.all, "all", false, "all chapters: embedded model and folds on all traces, transfer between data sets, hourly mode, published claims")
	flags.IntVar(&o.folds, "folds", 0, "divide the owners into this many parts, train a model on all but one of them, and score every function by the model that has not seen its owner; 0 for the embedded model")
	flags.IntVar(&o.seeds, "seeds", 0, "seeds to train each fold with; 0 for one, or five with -all")
	flags.BoolVar(&o.transfer, "transfer", false, "train on one data set and score on another")
	flags.BoolVar(&o.hourly, "hourly", false, "score the hourly model: test split, folds, dense functions alone, and from one region to the others")
	flags.BoolVar(&o.audit, "audit", false, "run published protocols with and without their leaks")
	flags.StringVar(&o.functions, "functions", "", "test: functions that the embedded model was not trained on, the default for scores; all: every function, the default for -forecasts")
	flags.StringVar(&o.model, "model", models.Full, "model `file`, or full for the embedded one; with -forecasts also the name of a baseline or of a part of the model, such as croston or own-gap-hazard")
	flags.StringVar(&o.forecasts, "forecasts", "", "write the forecasts to this CSV `file` instead of scoring them")
	flags.IntVar(&o.stride, "stride", 0, fmt.Sprintf("minutes from one origin to the next; 0 for 1 if the scored functions have at most %d minutes together, otherwise %d", fewMinutes, sparseStride))
	flags.Func("history", "bounds of the history that every method sees at an origin, in `steps` of a minute or as durations, such as 3,30m,3h,24h; with several a table compares them", o.setHistory)
	flags.IntVar(&o.budget.Updates, "updates", o.budget.Updates, "training updates of each network")
	flags.IntVar(&o.budget.Examples, "examples", o.budget.Examples, "windows to train the parts after the LSTM on")
	flags.StringVar(&o.out, "out", ".state/evaluate/report", "`directory` for report.md, report.json and the plots")
	flags.StringVar(&o.cache, "cache", ".state/evaluate/models", "`directory` for trained models")
	o.reader.Flags(flags)
	flags.BoolVar(&o.json, "json", false, "print JSON instead of Markdown")
	markdown := flags.Bool("markdown", false, "print Markdown, the default")
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	if o.json && *markdown {
		return o, errors.New("-json and -markdown exclude each other")
	}
	return o, o.check()
}

// Folds and seeds of -all. With five folds every model is trained on 80 % of the
// owners, as the embedded one is. Five seeds give a standard deviation.
const allFolds, allSeeds = 5, 5

const (
	// fewMinutes is the number of minutes, of all functions together, up to which
	// every minute is an origin: scoring then takes a minute or two per seed. With
	// more minutes the intervals are narrow enough without that.
	fewMinutes = 300_000
	// sparseStride has no factor in common with 60, so that origins fall on every
	// minute of the hour and no timer is favoured.
	sparseStride = 7
)

// strideOf returns the minutes from one origin to the next, for functions with
// this many minutes together.
func (o *options) strideOf(minutes int) int {
	if o.stride == 0 && minutes <= fewMinutes {
		return 1
	}
	return o.sampleStride()
}

// sampleStride returns the minutes from one origin to the next if a sample of the
// minutes is enough: for the hourly model, whose hours overlap, and for exports,
// whose files would be large.
func (o *options) sampleStride() int { return cmp.Or(o.stride, sparseStride) }

// check returns an error that names the flag whose value is out of range or that
// excludes another one. It sets the folds and seeds that depend on other flags.
func (o *options) check() error {
	switch {
	// All checks come before -all, which sets what they have checked.
	case o.stride < 0:
		return fmt.Errorf("-stride must be at least 1, or 0 for the default, was: %d", o.stride)
	case o.functions != "" && o.functions != "test" && o.functions != "all":
		return fmt.Errorf("-functions must be test or all, was: %q", o.functions)
	case o.folds != 0 && (o.folds < 2 || o.folds > 20):
		return fmt.Errorf("-folds must be 0 or between 2 and 20, was: %d", o.folds)
	case o.seeds < 0 || o.seeds > 20:
		return fmt.Errorf("-seeds must be between 1 and 20, or 0 for the default, was: %d", o.seeds)
	case o.all && (o.folds > 0 || o.transfer || o.hourly || o.audit || o.forecasts != ""):
		return errors.New("-all excludes -folds, -transfer, -hourly, -audit and -forecasts")
	// Folds train their own models; a file given beside them would be ignored
	// without a word.
	case o.folds > 0 && o.model != models.Full:
		return fmt.Errorf("-model must be full with -folds, was: %q", o.model)
	case o.all:
		o.folds, o.seeds = allFolds, cmp.Or(o.seeds, allSeeds)
	}
	o.seeds = cmp.Or(o.seeds, 1)
	return o.checkHistory()
}
