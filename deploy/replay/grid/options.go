package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/deploy/replay/loadgrid"
	"prewarm/shared/cli"
	"prewarm/shared/config"
	"prewarm/shared/loadtest"
	"prewarm/shared/openfaas"
)

// options are the flags.
// path is the part of the URL below the function. hey and out are files. The numbers of the
// grid are checked here, because package loadgrid takes them as given.
type options struct {
	grid         loadgrid.Grid
	gateway      openfaas.Config
	objective    loadtest.Objective
	passwordFile string
	path         string
	hey, out     string
	calls        int // of hey, 0 if unknown
}

// parseOptions reads and checks the flags.
func parseOptions(args []string, usage io.Writer) (options, error) {
	// Without flags, the grid is one caller in closed loop on one replica.
	o := options{grid: loadgrid.Grid{Rates: []float64{0}, Concurrency: []int{1}, Replicas: []int{1}, Header: map[string]string{}}}
	flags := flag.NewFlagSet("grid", flag.ContinueOnError)
	flags.SetOutput(usage)
	o.loadFlags(flags)
	o.runFlags(flags)
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	return o, o.check()
}

// loadFlags defines the flags of the function and of the loads and replicas of the grid.
func (o *options) loadFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.gateway.URL, "gateway", "http://127.0.0.1:8080", "base `URL` of the gateway")
	flags.StringVar(&o.gateway.User, "user", "admin", "`name` at the gateway")
	flags.StringVar(&o.passwordFile, "password-file", ".state/up/gateway-password", "`file` with the password of the gateway")
	flags.StringVar(&o.grid.Function, "function", "", "`name` or name.namespace of the function")
	flags.StringVar(&o.path, "path", "", "`path` and query below the function, such as /resize?width=80")
	flags.Func("rates", "calls per second in open loop, separated by commas; 0 for closed loop, in which each caller makes one call after the other", func(v string) (err error) {
		o.grid.Rates, err = numbers(v, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
		return err
	})
	flags.Func("concurrency", "most calls in progress, separated by commas", func(v string) (err error) {
		o.grid.Concurrency, err = numbers(v, strconv.Atoi)
		return err
	})
	flags.Func("replicas", "numbers of replicas, separated by commas", func(v string) (err error) {
		o.grid.Replicas, err = numbers(v, strconv.Atoi)
		return err
	})
	flags.Func("header", "`name=value`, a header of the calls; can be repeated", func(v string) error {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return fmt.Errorf("must be name=value, was: %q", v)
		}
		o.grid.Header[name] = value
		return nil
	})
}

// runFlags defines the flags of one run, of the objective and of the files.
func (o *options) runFlags(flags *flag.FlagSet) {
	flags.DurationVar(&o.grid.Duration, "duration", 10*time.Second, "duration of one run")
	flags.DurationVar(&o.grid.Warmup, "warmup", 2*time.Second, "time before each run in which calls are made but not counted")
	flags.DurationVar(&o.grid.Ready, "ready", 2*time.Minute, "longest time in which replicas become ready")
	flags.DurationVar(&o.grid.Timeout, "timeout", 30*time.Second, "longest time of one call, including its wait for a caller")
	flags.DurationVar(&o.grid.MaxLag, "max-lag", 250*time.Millisecond, "by how much this machine may be late in a run; a run with more is repeated; 0 for no bound")
	flags.Uint64Var(&o.grid.Seed, "seed", 1, "seed of the times at which calls arrive")
	flags.Float64Var(&o.objective.Percentile, "percentile", 99, "percentile of the latency objective: 10, 50, 75, 90 or 99")
	flags.Float64Var(&o.objective.Latency, "objective", 0.5, "latency at the percentile in `seconds`")
	flags.Float64Var(&o.objective.ErrorRate, "errors", 0.01, "share of calls that may fail")
	flags.StringVar(&o.hey, "hey", "", "read this output `file` of hey instead of measuring")
	flags.IntVar(&o.calls, "calls", 0, "`calls` that hey was asked for with -n; needed for its -o csv, which has the answered ones alone")
	flags.StringVar(&o.out, "out", "grid.csv", "write the rows to this `file`")
}

// numbers reads a list; every number must be at least 0.
func numbers[T int | float64](list string, parse func(string) (T, error)) ([]T, error) {
	var all []T
	for part := range strings.SplitSeq(list, ",") {
		n, err := parse(strings.TrimSpace(part))
		// Written such that NaN is out of bounds.
		if err != nil || !(n >= 0 && n <= 1e6) {
			return nil, fmt.Errorf("must be numbers from 0 to 1e6, was: %q", part)
		}
		all = append(all, n)
	}
	return all, nil
}

// check checks the flags, and sets the URL of the function and its name.namespace. It
// returns all errors.
//
// With -hey nothing is measured, so that gateway and function need not be given.
func (o *options) check() error {
	errs := o.belowBounds()
	if err := o.objective.Check(); err != nil {
		errs = append(errs, err)
	}
	if o.calls < 0 || o.calls > 0 && o.hey == "" {
		errs = append(errs, fmt.Errorf("-calls must be at least 0, and 0 without -hey, was: %d", o.calls))
	}
	if o.hey != "" {
		if len(o.grid.Rates)*len(o.grid.Concurrency)*len(o.grid.Replicas) != 1 {
			errs = append(errs, fmt.Errorf("-hey is one run: -rates, -concurrency and -replicas must be one number each, were: %v, %v and %v", o.grid.Rates, o.grid.Concurrency, o.grid.Replicas))
		}
		return errors.Join(errs...)
	}
	if base, err := config.ParseBase(o.gateway.URL, "http", "https"); err != nil {
		errs = append(errs, fmt.Errorf("-gateway %w", err))
	} else {
		o.gateway.URL = base.String()
	}
	if o.path != "" && !strings.HasPrefix(o.path, "/") {
		errs = append(errs, fmt.Errorf("-path must begin with /, was: %q", o.path))
	}
	if o.grid.Function == "" {
		return errors.Join(append(errs, errors.New("-function must be set"))...)
	}
	o.grid.URL = o.gateway.URL + "/function/" + url.PathEscape(o.grid.Function) + o.path
	// The default namespace of OpenFaaS; the gateway lists functions with theirs.
	if !strings.Contains(o.grid.Function, ".") {
		o.grid.Function += ".openfaas-fn"
	}
	o.gateway.Timeout = 10 * time.Second
	return errors.Join(errs...)
}

// belowBounds returns an error for each number and duration that is too low.
// A duration of zero has a meaning only for the last three: none, at once, no bound.
func (o *options) belowBounds() (errs []error) {
	if n := slices.Min(o.grid.Concurrency); n < 1 {
		errs = append(errs, fmt.Errorf("-concurrency must be at least 1, was: %d", n))
	}
	if n := slices.Min(o.grid.Replicas); n < 1 {
		errs = append(errs, fmt.Errorf("-replicas must be at least 1, was: %d", n))
	}
	for _, d := range []struct {
		name         string
		value, least time.Duration
	}{
		{"duration", o.grid.Duration, time.Millisecond}, {"timeout", o.grid.Timeout, time.Millisecond},
		{"warmup", o.grid.Warmup, 0}, {"ready", o.grid.Ready, 0}, {"max-lag", o.grid.MaxLag, 0},
	} {
		if d.value < d.least {
			errs = append(errs, fmt.Errorf("-%s must be at least %v, was: %v", d.name, d.least, d.value))
		}
	}
	return errs
}
