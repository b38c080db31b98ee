package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"prewarm/models"
	"prewarm/models/simulate/backtest"
	"prewarm/shared/cli"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/policy"
	prom "prewarm/shared/prometheus"
	"prewarm/shared/trace"
)

// backtestFlags are the flags of backtest.
type backtestFlags struct {
	store       string
	last        time.Duration
	ratio       string        // a number, or auto
	costRatio   float64       // that ratio stands for
	prices      *event.Prices // that costRatio comes from, nil if it is a number
	start       time.Duration // start time of a replica, for auto
	waitPrice   float64       // of a second of waiting, for auto
	keepAlive   int           // minutes
	concurrency int
	memory      int // MiB of a replica
	step        time.Duration
	strict      bool
	budget      time.Duration // 0 for none
	plot        string        // path of an SVG, "" for none
}

// backtest returns the subcommand that replays past calls.
func (p *program) backtest() *cobra.Command {
	var f backtestFlags
	cmd := &cobra.Command{
		Use: "backtest [FILE|DIRECTORY|-]", Short: "Replay past calls under keep-alive and prewarm: cold starts and idle memory",
		Long: "Replay the calls of a file of your own (such as timestamp,function with one row a call), a directory with a published trace, or standard input (-); or, without an argument, those that the store (Prometheus) of a running OpenFaaS has. Nothing has to be installed. The first three hours are history and are not scored.",
		Args: cobra.MaximumNArgs(1),
	}
	s := cmd.Flags()
	s.StringVar(&f.store, "store", "", "`URL` of a Prometheus with the metrics of the gateway, if there is no argument; or prometheus_url")
	s.DurationVar(&f.last, "last", 24*time.Hour, "`time` up to now, or the end of the file, that is scored; 0 for all of a file")
	s.StringVar(&f.ratio, "cost-ratio", fmt.Sprint(policy.DefaultConfig().CostRatio), "`cost` of an idle replica-minute over that of a cold start, or auto for one by --memory, --start-time and --wait-price")
	s.DurationVar(&f.start, "start-time", 5*time.Second, "`time` that a replica takes to start, for the cost ratio auto")
	s.Float64Var(&f.waitPrice, "wait-price", policy.DefaultWaitPrice, "`GB·s` of memory that a second of waiting is worth, for the cost ratio auto")
	s.IntVar(&f.keepAlive, "keep-alive", 10, "`minutes` of the keep-alive that prewarm is compared with")
	s.IntVar(&f.concurrency, "concurrency", 1, "`calls` that one replica serves at a time")
	s.IntVar(&f.memory, "memory", 128, "`MiB` of a replica, for the idle memory and the cost ratio auto")
	s.DurationVar(&f.step, "step", 0, "`time` that a count of your own data covers, if its rows do not show it")
	s.BoolVar(&f.strict, "strict", false, "fail at the first malformed row, rather than leave it out and count it")
	s.DurationVar(&f.budget, "budget", 6*time.Second, "`time` for the replay: a sample of the functions is scored if it does not suffice for all; 0 for all of them")
	s.StringVar(&f.plot, "plot", "", "draw cold starts against idle memory into this SVG `file`")
	cmd.RunE = p.work(func(cmd *cobra.Command, args []string) error {
		if err := cmp.Or(f.check(), f.price()); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		t, source, err := p.calls(cmd.Context(), f, args)
		if err != nil {
			return err
		}
		return p.replay(cmd.Context(), f, t, source)
	})
	return cmd
}

// check returns the first flag that is out of bounds.
func (f *backtestFlags) check() error {
	switch {
	case f.last != 0 && f.last < time.Minute || f.last > 366*24*time.Hour:
		return fmt.Errorf("--last must be between 1m and 8784h, or 0 for all of a file, was: %v", f.last)
	case f.start < 0 || f.start > 10*time.Minute:
		return fmt.Errorf("--start-time must be between 0s and 10m, was: %v", f.start)
	case !(f.waitPrice >= policy.LeastWaitPrice && f.waitPrice <= policy.MostWaitPrice):
		return fmt.Errorf("--wait-price must be between %g and %g, was: %g", policy.LeastWaitPrice, policy.MostWaitPrice, f.waitPrice)
	case f.keepAlive < 1 || f.keepAlive > trace.MinutesPerDay:
		return fmt.Errorf("--keep-alive must be between 1 and %d minutes, was: %d", trace.MinutesPerDay, f.keepAlive)
	case f.concurrency < 1 || f.concurrency > 1e6:
		return fmt.Errorf("--concurrency must be between 1 and 1000000, was: %d", f.concurrency)
	case f.memory < 1 || f.memory > 1<<30:
		return fmt.Errorf("--memory must be between 1 and %d MiB, was: %d", 1<<30, f.memory)
	case f.budget < 0:
		return fmt.Errorf("--budget must be at least 0s, was: %v", f.budget)
	case f.step < 0 || f.step > 24*time.Hour:
		return fmt.Errorf("--step must be between 0s and 24h, was: %v", f.step)
	}
	return nil
}

// price sets the cost ratio. By prices it is the same for all functions, as their memory is.
func (f *backtestFlags) price() (err error) {
	if f.costRatio, err = policy.ParseCostRatio("--cost-ratio", f.ratio); f.costRatio == config.Auto {
		costs := policy.Costs{Memory: int64(f.memory) << 20, Step: time.Minute, Start: f.start, WaitPrice: f.waitPrice}
		f.costRatio, f.prices = costs.Ratio(), costs.Prices(event.MemoryOwn)
	}
	return err
}

// calls reads the calls to replay, and says where they come from.
func (p *program) calls(ctx context.Context, f backtestFlags, args []string) (*trace.Trace, string, error) {
	if len(args) > 0 {
		t, err := cli.TraceReader{Strict: f.strict, Step: f.step, Log: p.log}.Open(args[0])
		if err != nil {
			return nil, args[0], err
		}
		return backtest.Tail(t, f.last), args[0], nil
	}
	if f.store == "" && p.getenv("prometheus_url") == "" {
		return nil, "", fmt.Errorf("%w: name a file, a directory or - for standard input, or --store URL", errUsage)
	}
	if f.last == 0 || f.last > 30*24*time.Hour {
		return nil, "", fmt.Errorf("%w: --last must be between 1m and 720h with a store, was: %v", errUsage, f.last)
	}
	r := config.NewReader(overlay(p.env, map[string]string{"prometheus_url": f.store}))
	cfg := prom.ReadConfig(r)
	if err := r.Err(); err != nil {
		return nil, "", fmt.Errorf("%w: %w", errUsage, err)
	}
	t, err := backtest.Last(ctx, prom.New(cfg, nil), p.now(), f.last, p.log)
	return t, cfg.URL, err
}

// overlay returns an environment in which some keys have other values, unless these are empty.
func overlay(getenv func(string) string, values map[string]string) func(string) string {
	return func(key string) string {
		if v := values[key]; v != "" {
			return v
		}
		return getenv(key)
	}
}

// replay scores the policies and prints what they cost.
func (p *program) replay(ctx context.Context, f backtestFlags, t *trace.Trace, source string) error {
	o := backtest.Options{
		Model: models.Full, KeepAlives: []int{f.keepAlive}, CostRatios: []float64{f.costRatio}, Concurrency: f.concurrency,
		Budget: f.budget, Now: time.Now,
	}
	if f.plot != "" {
		o = f.curves(o)
	}
	result, err := backtest.Compare(ctx, t, o, p.log)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if len(result.Costs) == 0 {
		return fmt.Errorf("%s: there is no call", source)
	}
	a := newBacktestAnswer(f, t, source, result, len(o.KeepAlives))
	if a.KeepAlive.Need == 0 {
		return fmt.Errorf("%s: there is no call in the minutes that are scored", source)
	}
	if err := p.print(a, func() error { return p.showBacktest(a) }); err != nil {
		return err
	}
	if f.plot != "" {
		return cli.WriteFile(f.plot, drawing{f, a, result.Costs}.write)
	}
	return nil
}

// curves adds the policies beside the two that the plot shows.
func (f *backtestFlags) curves(o backtest.Options) backtest.Options {
	for _, minutes := range []int{1, 5, 10, 20, 60} {
		if !slices.Contains(o.KeepAlives, minutes) {
			o.KeepAlives = append(o.KeepAlives, minutes)
		}
	}
	for _, ratio := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		if !slices.Contains(o.CostRatios, ratio) {
			o.CostRatios = append(o.CostRatios, ratio)
		}
	}
	return o
}
