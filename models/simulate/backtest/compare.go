package backtest

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"prewarm/models"
	"prewarm/shared/cli"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/policy"
	"prewarm/shared/score"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// Forecast runs a model over the whole workload, with progress in log. name is the file of
// the model, or models.Full for the embedded one.
func Forecast(ctx context.Context, w *simulate.Workload, name string, log io.Writer) (*simulate.Outlook, error) {
	model, err := models.Open(name)
	if err != nil {
		return nil, err
	}
	model.Remember(feature.PhaseSteps * max(1, len(w.Functions)))
	bar := cli.NewBar(log, "forecast", int64(w.Minutes))
	defer bar.Done()
	return simulate.NewOutlook(ctx, w, model, func() { bar.Add(1) })
}

// Options of Compare.
type Options struct {
	Model       string    // file of the model, or models.Full
	KeepAlives  []int     // minutes of each keep-alive that is compared with
	CostRatios  []float64 // of prewarm, each within the bounds of package policy
	Concurrency int       // calls that a replica serves at a time, at least 1

	// Budget ends the scoring: if it does not suffice for all functions, a sample is scored. 0
	// is no end.
	Budget time.Duration
	Now    func() time.Time
}

// Result is what the policies cost: each keep-alive, and then prewarm with each cost ratio.
type Result struct {
	Costs  []Cost
	Scored int // functions, fewer than those of the trace if they are a sample
}

// Cost is what one policy costs.
type Cost struct {
	Policy string
	score.Total
	Functions []simulate.FunctionScore // those with a need
}

// Compare scores the policies on a trace, some functions after the other: no policy looks at
// others. The first simulate.WarmUpMinutes are history and are not scored: a trace without any
// other minute is an error.
func Compare(ctx context.Context, t *trace.Trace, o Options, log io.Writer) (Result, error) {
	if t.Minutes <= simulate.WarmUpMinutes {
		return Result{}, fmt.Errorf("there must be more than %d minutes, which are history and not scored; there are: %d", simulate.WarmUpMinutes, t.Minutes)
	}
	model, err := models.Open(o.Model)
	if err != nil {
		return Result{}, err
	}
	queue := sampled(t)
	out := Result{Scored: len(t.Functions) - len(queue)}
	bar := cli.NewBar(log, "replay", int64(len(queue)))
	defer bar.Done()
	begin := o.Now()
	for n := runtime.GOMAXPROCS(0); n > 0 && len(queue) > 0; {
		n = min(n, len(queue))
		before, part := o.Now(), *t
		part.Functions = queue[:n]
		if err := out.add(ctx, &part, o, model); err != nil {
			return out, err
		}
		bar.Add(int64(n))
		queue, out.Scored = queue[n:], out.Scored+n
		n = o.next(n, begin, before)
	}
	return out, nil
}

// most bounds the functions that are scored at a time, so that progress is seen.
const most = 128

// next returns how many functions to score after n, which were begun at before: forecasts of many
// take less time for each, so that there are more and more of them. It is 0 at the end of the
// budget.
func (o *Options) next(n int, begin, before time.Time) int {
	now := o.Now()
	if o.Budget <= 0 {
		return min(4*n, most)
	}
	left, took := o.Budget-now.Sub(begin), max(1, now.Sub(before))
	return min(4*n, most, max(0, int(float64(n)*float64(left)/float64(took))))
}

// add scores all policies on some functions.
func (r *Result) add(ctx context.Context, t *trace.Trace, o Options, model *forecast.Predictor) error {
	w := simulate.NewWorkload(t, o.Concurrency)
	model.Remember(feature.PhaseSteps * len(w.Functions))
	outlook, err := simulate.NewOutlook(ctx, w, model, func() {})
	if err != nil {
		return err
	}
	policies := o.policies(outlook)
	if r.Costs == nil {
		r.Costs = make([]Cost, len(policies))
	}
	for i, p := range policies {
		scorer := simulate.NewScorer(w)
		if err := simulate.Run(ctx, w, p, scorer); err != nil {
			return err
		}
		s, c := scorer.Score(p.Name()), &r.Costs[i]
		c.Policy = s.Policy
		c.AddTotal(s.Total)
		c.Functions = append(c.Functions, s.Functions...)
	}
	return nil
}

// policies makes the policies for one workload.
func (o *Options) policies(outlook *simulate.Outlook) (all []simulate.Policy) {
	for _, minutes := range o.KeepAlives {
		all = append(all, simulate.KeepAlive{Minutes: minutes})
	}
	for _, ratio := range o.CostRatios {
		cfg := policy.DefaultConfig()
		cfg.CostRatio = ratio
		all = append(all, simulate.NewPrewarm(outlook, cfg, false))
	}
	return all
}
