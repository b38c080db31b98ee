// Simulate scores policies that keep replicas warm on a trace: cold starts against
// idle time, and as the literature counts them.
//
//	go run ./models/simulate -trace DIR -policy NAME [-cost-ratio X] [-decisions OUT.csv] [-until MINUTE] [-json OUT.json]
//	go run ./models/simulate -trace DIR -policy all [-unseen] [-seconds] [-plot OUT.svg]
//	go run ./models/simulate -prometheus URL [-last 24h] [-cost-ratio X] [-prometheus-matchers M] [-prometheus-header H]
//
// With -prometheus it reads the gateway metrics of a running OpenFaaS and prints, per
// function and in total, what keep-alive and prewarm cost.
//
// The layout of the trace is recognised from its files. The table goes to standard
// output as Markdown, progress to standard error. Files are replaced as a whole. The
// README beside this file has the protocol and the results.
package main

import (
	"context"
	"io"

	"prewarm/models/simulate/backtest"
	"prewarm/models/simulate/boosted"
	"prewarm/shared/cli"
	"prewarm/shared/policy"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
	"prewarm/shared/trace"
)

func main() { cli.Main("simulate", run) }

// run is the program: arguments in, table to out, progress and usage to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseOptions(args, log)
	if err != nil {
		return err
	}
	tr, err := o.open(ctx, log)
	if err != nil {
		return err
	}
	w := simulate.NewWorkload(tr, o.concurrency)
	policies, err := o.build(ctx, tr, w, log)
	if err != nil {
		return err
	}
	report := newReport(tr, w, o)
	report.replayAtTheSecond(tr, o)
	if err := report.score(ctx, w, policies, o.decisions, log); err != nil {
		return err
	}
	if err := report.writeTable(out); err != nil {
		return err
	}
	if o.prometheus != "" {
		if err := report.writeFunctions(out); err != nil {
			return err
		}
	}
	return report.writeFiles(o)
}

// build makes the policies for w, the workload of tr. Those that need forecasts share them.
// Forecasts do not depend on the cost ratio, so that a sweep computes them once.
func (o options) build(ctx context.Context, tr *trace.Trace, w *simulate.Workload, log io.Writer) ([]simulate.Policy, error) {
	m := maker{workload: w, policy: policy.DefaultConfig(), start: o.start}
	m.policy.WaitPrice = o.waitPrice
	m.policy.CostRatio, _ = policy.ParseCostRatio("-cost-ratio", o.costRatio) // check has read it
	var err error
	if anyOf(o.policies, namePrewarm) {
		if m.outlook, err = backtest.Forecast(ctx, w, o.model, log); err != nil {
			return nil, err
		}
	}
	if anyOf(o.policies, nameBoosted) {
		if m.odds, err = boosted.Odds(ctx, tr, w, log); err != nil {
			return nil, err
		}
	}
	var policies []simulate.Policy
	for _, name := range o.policies {
		construct, err := parsePolicy(name)
		if err != nil {
			return nil, err
		}
		policies = append(policies, construct(m))
	}
	return policies, nil
}

// score runs all policies, after keep-alive-10, to which all idle time is relative.
func (r *report) score(ctx context.Context, w *simulate.Workload, policies []simulate.Policy, decisions string, log io.Writer) error {
	// Scored in any case, also if no policy on the command line is keep-alive-10.
	base := simulate.KeepAlive{Minutes: 10}
	bar := cli.NewBar(log, "simulate", int64(w.Minutes)*int64(len(policies)+1))
	defer bar.Done()
	r.population = measure.NewPopulation(w)
	s, err := r.scoreOne(ctx, w, base, "", steps{bar})
	if err != nil {
		return err
	}
	r.base = s
	for _, p := range policies {
		if err := r.scorePolicy(ctx, w, p, decisions, steps{bar}); err != nil {
			return err
		}
	}
	r.summarize()
	return nil
}

// scoreOne runs one policy with more sinks, and writes its decisions to a file if there is
// a path.
func (r *report) scoreOne(ctx context.Context, w *simulate.Workload, p simulate.Policy, decisions string, sinks ...simulate.Sink) (scored, error) {
	scorer, meter := simulate.NewScorer(w), r.population.Meter()
	sinks = append(sinks, scorer, meter)
	var err error
	if decisions == "" {
		err = simulate.Run(ctx, w, p, sinks...)
	} else {
		err = cli.WriteFile(decisions, func(out io.Writer) error {
			// The decisions are written while the policy runs, so that they need no memory.
			csv := simulate.NewDecisionWriter(out, w)
			if err := simulate.Run(ctx, w, p, append(sinks, csv)...); err != nil {
				return err
			}
			return csv.Flush()
		})
	}
	return scored{Score: scorer.Score(p.Name()), Measures: meter.Measures()}, err
}

// steps advances the progress bar with each minute.
type steps struct{ bar *cli.Bar }

// Minute implements simulate.Sink.
func (s steps) Minute(int, []int32) error {
	s.bar.Add(1)
	return nil
}
