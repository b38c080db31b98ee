package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"prewarm/models"
	"prewarm/models/simulate/backtest"
	"prewarm/models/train/corpus"
	"prewarm/shared/cli"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// options are the command line.
// The files of decisions, json and plot are replaced as a whole, after the run.
type options struct {
	trace       string
	prometheus  string        // URL of a store instead of a trace
	matchers    string        // label matchers of each query of the store
	headers     []string      // "name: value" of each query of the store
	last        time.Duration // length of the time that is scored, with a store
	model       string        // file of the forecast model, or models.Full
	policies    []string
	costRatio   string        // a number, or auto
	waitPrice   float64       // of policy.Config
	start       time.Duration // start time of each function, for the cost ratio auto
	concurrency int
	seconds     bool
	seed        uint64
	until       int  // -1 for the whole trace
	unseen      bool // only functions that the embedded model was not trained on
	reader      cli.TraceReader

	decisions, json, plot string // paths, "" for none
}

// parseOptions reads and checks the command line.
func parseOptions(args []string, usage io.Writer) (options, error) {
	var o options
	var names string
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.trace, "trace", "", "directory or file of a trace, or - for the standard input; the layout is recognised: `path`")
	flags.StringVar(&o.prometheus, "prometheus", "", "`URL` of a store with the gateway metrics of a running OpenFaaS, instead of -trace; user and password may be part of it")
	flags.StringVar(&o.matchers, "prometheus-matchers", "", "label `matchers` added to each query, such as cluster=\"eu\",env!~\"dev|test\", if the store has several clusters")
	flags.Func("prometheus-header", "`header` of each query, such as X-Scope-OrgID: team-a; may be repeated", func(h string) error {
		o.headers = append(o.headers, h)
		return nil
	})
	flags.DurationVar(&o.last, "last", 24*time.Hour, "`time` up to now that is scored, with -prometheus; three hours before it serve as history")
	flags.StringVar(&o.model, "model", models.Full, "model `file` for prewarm's forecasts, or full for the embedded one")
	flags.StringVar(&names, "policy", "", "`name` of a policy, several with commas between, or all, which is the default for a trace: "+policyNames())
	flags.StringVar(&o.costRatio, "cost-ratio", fmt.Sprint(policy.DefaultConfig().CostRatio), "`cost` of an idle replica-minute over that of a cold start, for prewarm, prewarm-reactive and boosted, or auto for that of each function by its memory, -start-time and -wait-price")
	flags.DurationVar(&o.start, "start-time", 808*time.Millisecond, "`time` that a cold start takes, for the cost ratio auto; the default is that of FeMux")
	flags.Float64Var(&o.waitPrice, "wait-price", policy.DefaultWaitPrice, "`GB·s` that a second of waiting is worth, for the cost ratio auto; the default is that of FeMux")
	flags.IntVar(&o.concurrency, "concurrency", 1, "`calls` that one replica serves at a time")
	flags.IntVar(&o.until, "until", -1, "last `minute` of the trace to use, from 0; -1 for the whole trace")
	flags.BoolVar(&o.seconds, "seconds", false, "replay the calls at the second as well: how long they wait under each policy")
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that decides the calls within a minute and the start times, with -seconds")
	flags.BoolVar(&o.unseen, "unseen", false, "use only the functions of the trace that the embedded model was not trained on")
	o.reader.Flags(flags)
	flags.StringVar(&o.decisions, "decisions", "", "write the decisions as CSV function,minute,replicas to this `file`; one policy only")
	flags.StringVar(&o.json, "json", "", "write the scores, also of each function, to this `file`")
	flags.StringVar(&o.plot, "plot", "", "draw cold starts against idle memory into this SVG `file`")
	if err := cli.Parse(flags, args); err != nil {
		return o, err
	}
	if names == "" {
		names = "all"
		if o.prometheus != "" {
			// The question to a running OpenFaaS is what prewarm would save.
			names = "keepalive-10," + namePrewarm
		}
	}
	o.policies = splitPolicies(names)
	return o, o.check()
}

// check returns the first option that is out of bounds.
func (o options) check() error {
	switch {
	case o.trace == "" && o.prometheus == "":
		return fmt.Errorf("-trace must name a directory or a file, was empty")
	case o.trace != "" && o.prometheus != "":
		return fmt.Errorf("-trace and -prometheus exclude each other")
	case o.prometheus == "" && (o.matchers != "" || len(o.headers) > 0):
		return fmt.Errorf("-prometheus-matchers and -prometheus-header need -prometheus")
	case o.unseen && (o.prometheus != "" || o.model != models.Full):
		return fmt.Errorf("-unseen needs -trace and the embedded model: of others it is not known what they were trained on")
	case o.last < time.Minute || o.last > 30*24*time.Hour:
		return fmt.Errorf("-last must be between 1m and 720h, was: %v", o.last)
	case o.concurrency < 1:
		return fmt.Errorf("-concurrency must be at least 1, was: %d", o.concurrency)
	case o.start < 0 || o.start > 10*time.Minute:
		return fmt.Errorf("-start-time must be between 0s and 10m, was: %v", o.start)
	case !(o.waitPrice >= policy.LeastWaitPrice && o.waitPrice <= policy.MostWaitPrice):
		return fmt.Errorf("-wait-price must be between %g and %g, was: %g", policy.LeastWaitPrice, policy.MostWaitPrice, o.waitPrice)
	case o.until < -1:
		return fmt.Errorf("-until must be at least 0, or -1 for the whole trace, was: %d", o.until)
	case o.decisions != "" && len(o.policies) != 1:
		return fmt.Errorf("-decisions needs one policy, -policy names: %d", len(o.policies))
	}
	if _, err := policy.ParseCostRatio("-cost-ratio", o.costRatio); err != nil {
		return err
	}
	for _, name := range o.policies {
		if _, err := parsePolicy(name); err != nil {
			return err
		}
	}
	return nil
}

// splitPolicies returns the names in a list, or all names for "all".
// The reactive variants of prewarm are not among them; they have to be named.
func splitPolicies(list string) []string {
	if list == "all" {
		return allPolicies()
	}
	return strings.Split(list, ",")
}

// open reads the trace, or the store, up to the minute -until.
func (o options) open(ctx context.Context, log io.Writer) (*trace.Trace, error) {
	tr, err := o.read(ctx, log)
	if err != nil {
		return nil, err
	}
	if o.unseen {
		tr = corpus.Unseen(tr)
	}
	if o.until >= 0 {
		tr = tr.Until(o.until + 1)
	}
	return tr, checkLength(tr)
}

// checkLength returns an error if no minute of a trace would be scored, which would
// give a table of zeros.
func checkLength(tr *trace.Trace) error {
	for _, f := range tr.Functions {
		for _, c := range f.Counts[min(simulate.WarmUpMinutes, len(f.Counts)):] {
			if c != series.NoData {
				return nil
			}
		}
	}
	return fmt.Errorf("%s: %d functions, %d minutes: too short to score: the first %d minutes are history, and no minute after them has data",
		tr.Layout, len(tr.Functions), tr.Minutes, simulate.WarmUpMinutes)
}

// read reads the whole trace, or the last minutes of the store.
func (o options) read(ctx context.Context, log io.Writer) (*trace.Trace, error) {
	if o.prometheus != "" {
		store, err := backtest.Store{URL: o.prometheus, Matchers: o.matchers, Headers: o.headers}.Client()
		if err != nil {
			return nil, err
		}
		return backtest.Last(ctx, store, time.Now(), o.last, log)
	}
	o.reader.Log, o.reader.Seconds = log, o.seconds
	return o.reader.Open(o.trace)
}
