// Command evaluate scores the embedded model beside baselines, on functions
// that it was not trained on.
//
//	go run ./models/evaluate -trace ../shared/traces/azure2019
//
// From each origin (every -stride minutes from minute 180 on) every method
// sees the minutes before the origin only.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"prewarm/models"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/fit"
	"prewarm/shared/trace"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	trace, functions, model, forecasts string
	stride                             int
	json                               bool
}

func parse(args []string, log io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&s.trace, "trace", "../shared/traces/azure2019", "directory of one trace")
	flags.StringVar(&s.functions, "functions", "test", "test: functions never trained on; all: every function, for export")
	flags.StringVar(&s.model, "model", "full", "model file, or full for the embedded one")
	flags.StringVar(&s.forecasts, "forecasts", "", "write the forecasts themselves to this CSV file instead of scoring them")
	flags.IntVar(&s.stride, "stride", 7, "minutes from one origin to the next; one with no factor in common with 60 favours no timer")
	flags.BoolVar(&s.json, "json", false, "JSON instead of Markdown")
	markdown := flags.Bool("markdown", false, "Markdown, the default")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument: %q", flags.Arg(0))
	case s.stride < 1:
		return s, fmt.Errorf("stride must be at least 1, was: %d", s.stride)
	case s.functions != "test" && s.functions != "all":
		return s, fmt.Errorf("functions must be test or all, was: %q", s.functions)
	case s.json && *markdown:
		return s, errors.New("json and markdown cannot both be set")
	}
	return s, nil
}

func run(args []string, out, log io.Writer) error {
	s, err := parse(args, log)
	if err != nil {
		return err
	}
	p, err := predictor(s.model)
	if err != nil {
		return err
	}
	t, err := trace.Open(s.trace)
	if err != nil {
		return err
	}
	functions := chosen(t, s.functions == "all")
	if len(functions) == 0 {
		return fmt.Errorf("%s: no function of the test split is called", s.trace)
	}
	fmt.Fprintf(log, "%s: %d of %d functions, %d minutes, model %s\n", t.Layout, len(functions), len(t.Functions), t.Minutes, p.Version())
	if s.forecasts != "" {
		return exportFile(s.forecasts, p, t, functions, s.stride)
	}
	r, err := score(p, t, functions, s.stride)
	if err != nil {
		return err
	}
	if s.json {
		return json.NewEncoder(out).Encode(r)
	}
	return r.markdown(out)
}

func predictor(name string) (*forecast.Predictor, error) {
	if name == "full" {
		return models.Load()
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return forecast.Load(f)
}

// chosen returns the functions that are called at least once and, unless all
// are wanted, belong to the test split.
func chosen(t *trace.Trace, all bool) []trace.Function {
	var functions []trace.Function
	for _, f := range t.Functions {
		if f.Calls() > 0 && (all || fit.GroupOf(fit.OwnerOf(t.Layout, f)) == fit.TestGroup) {
			functions = append(functions, f)
		}
	}
	return functions
}

func exportFile(path string, p *forecast.Predictor, t *trace.Trace, functions []trace.Function, stride int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = export(w, p, t, functions, stride)
	return errors.Join(err, w.Flush(), f.Close())
}
