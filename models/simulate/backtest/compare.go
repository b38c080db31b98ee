package backtest

import (
	"context"
	"fmt"
	"io"

	"prewarm/models"
	"prewarm/shared/cli"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/policy"
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
}

// Compare scores each keep-alive, and then prewarm with each cost ratio. The first
// simulate.WarmUpMinutes are history and are not scored: a trace without any other minute is
// an error.
func Compare(ctx context.Context, t *trace.Trace, o Options, log io.Writer) ([]simulate.Score, error) {
	if t.Minutes <= simulate.WarmUpMinutes {
		return nil, fmt.Errorf("there must be more than %d minutes, which are history and not scored; there are: %d", simulate.WarmUpMinutes, t.Minutes)
	}
	w := simulate.NewWorkload(t, o.Concurrency)
	outlook, err := Forecast(ctx, w, o.Model, log)
	if err != nil {
		return nil, err
	}
	var policies []simulate.Policy
	for _, minutes := range o.KeepAlives {
		policies = append(policies, simulate.KeepAlive{Minutes: minutes})
	}
	for _, ratio := range o.CostRatios {
		cfg := policy.DefaultConfig()
		cfg.CostRatio = ratio
		policies = append(policies, simulate.NewPrewarm(outlook, cfg, false))
	}
	var scores []simulate.Score
	for _, p := range policies {
		scorer := simulate.NewScorer(w)
		if err := simulate.Run(ctx, w, p, scorer); err != nil {
			return nil, err
		}
		scores = append(scores, scorer.Score(p.Name()))
	}
	return scores, nil
}
