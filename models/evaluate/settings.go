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

// settings are the flags.
type settings struct {
	trace, traces        string
	functions, model     string
	forecasts            string
	out, cache           string
	stride, folds, seeds int
	budget               training.Budget
	transfer, audit, all bool
	hourly               bool
	json, skipBadRows    bool
}

func parse(args []string, log io.Writer) (settings, error) {
	s := settings{budget: training.FoldBudget()}
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&s.trace, "trace", "../shared/traces/azure2019", "`directory` of one trace")
	flags.StringVar(&s.traces, "traces", "../shared/traces", "`directory` of the traces that models are trained on, with -folds, -transfer and -all")
	flags.BoolVar(&s.all, "all", false, "everything: all traces by the embedded model and by folds, from one data set to another, and what others have published")
	flags.IntVar(&s.folds, "folds", 0, "train a model for each of so many parts of the owners, on the others, and score every function by the one that has not seen its owner; 0 for the embedded model")
	flags.IntVar(&s.seeds, "seeds", 0, "seeds that each fold is trained with; 0 for one, with -all five")
	flags.BoolVar(&s.transfer, "transfer", false, "train on one data set and score on another")
	flags.BoolVar(&s.hourly, "hourly", false, "the hourly model: test split, folds, dense functions alone, and from one region to the others")
	flags.BoolVar(&s.audit, "audit", false, "run what others have published with and without its leaks")
	flags.StringVar(&s.functions, "functions", "", "test: functions that the embedded model was not trained on, the default for scores; all: every function, the default for -forecasts")
	flags.StringVar(&s.model, "model", models.Full, "model `file`, or full for the embedded one; with -forecasts also the name of a baseline or of a part of the model, such as croston or own-gap-hazard")
	flags.StringVar(&s.forecasts, "forecasts", "", "write the forecasts themselves to this CSV `file` instead of scoring them")
	flags.IntVar(&s.stride, "stride", 0, fmt.Sprintf("minutes from one origin to the next; 0 is 1 where calls of functions with at most %d minutes together are scored, and %d elsewhere", fewMinutes, sparseStride))
	flags.IntVar(&s.budget.Updates, "updates", s.budget.Updates, "updates of each network of a model that is trained")
	flags.IntVar(&s.budget.Examples, "examples", s.budget.Examples, "windows that what follows the LSTM of a model is trained on")
	flags.StringVar(&s.out, "out", ".state/evaluate/report", "`directory` that report.md, report.json and the plots are written to")
	flags.StringVar(&s.cache, "cache", ".state/evaluate/models", "`directory` that trained models are kept in")
	flags.BoolVar(&s.skipBadRows, "skip-bad-rows", false, "leave malformed rows of traces out and count them")
	flags.BoolVar(&s.json, "json", false, "print JSON instead of Markdown")
	markdown := flags.Bool("markdown", false, "print Markdown, the default")
	if err := cli.Parse(flags, args); err != nil {
		return s, err
	}
	if s.json && *markdown {
		return s, errors.New("-json and -markdown exclude each other")
	}
	return s, s.check()
}

// allFolds and allSeeds are those of -all.
const allFolds, allSeeds = 5, 5

const (
	// fewMinutes bounds the minutes of functions together of which each is an
	// origin: scoring takes a minute or two per seed then. Where there are more,
	// intervals are narrow without that.
	fewMinutes = 300_000
	// sparseStride favours no timer: it has no factor in common with 60.
	sparseStride = 7
)

// strideOf returns the minutes from one origin to the next, for functions with so
// many minutes together.
func (s *settings) strideOf(minutes int) int {
	if s.stride == 0 && minutes <= fewMinutes {
		return 1
	}
	return s.sparse()
}

// sparse returns the minutes from one origin to the next where no more than a
// sample is wanted.
func (s *settings) sparse() int { return cmp.Or(s.stride, sparseStride) }

func (s *settings) check() error {
	switch {
	case s.stride < 0:
		return fmt.Errorf("-stride must be at least 1, or 0 for the default, was: %d", s.stride)
	case s.functions != "" && s.functions != "test" && s.functions != "all":
		return fmt.Errorf("-functions must be test or all, was: %q", s.functions)
	case s.folds != 0 && (s.folds < 2 || s.folds > 20):
		return fmt.Errorf("-folds must be 0 or between 2 and 20, was: %d", s.folds)
	case s.seeds < 0 || s.seeds > 20:
		return fmt.Errorf("-seeds must be between 1 and 20, or 0 for the default, was: %d", s.seeds)
	case s.all && (s.folds > 0 || s.transfer || s.hourly || s.audit || s.forecasts != ""):
		return errors.New("-all excludes -folds, -transfer, -hourly, -audit and -forecasts")
	case s.folds > 0 && s.model != models.Full:
		return fmt.Errorf("-model must be full with -folds, was: %q", s.model)
	}
	if s.seeds == 0 {
		s.seeds = 1
		if s.all {
			s.seeds = allSeeds
		}
	}
	if s.all {
		s.folds = allFolds
	}
	return nil
}
