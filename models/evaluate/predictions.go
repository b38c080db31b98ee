package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/cli"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// scoredHorizons are the horizons at which activity is scored, in minutes: the next
// minute, which decides about a start of seconds, and two for slower starts. The
// need is scored at the first of them.
func scoredHorizons() []int { return []int{1, 5, 15} }

// experiment selects the models to score and the functions to score them on.
type experiment struct {
	trace     *trace.Trace
	functions []trace.Function
	stride    int    // minutes from one origin to the next
	history   int    // steps before an origin that every method sees
	shortest  int    // of the histories that the experiment is made with
	protocol  string // in words, for the report

	// models returns the models that have not seen a function, one per seed.
	models func(trace.Function) []method.Model
	seeds  int
}

// predictions is what all methods predicted for the functions of an experiment,
// beside what was observed. Predictions of activity are kept one by one, since a
// ranking needs them all; of the others the sums for each function are enough.
type predictions struct {
	functions []trace.Function
	origins   int
	active    []metric.Cases       // observed, per scored horizon
	methods   []*methodPredictions // that predict activity; the full model is the last
	needOnly  []*methodPredictions
	seeds     int
}

// methodPredictions is what one method predicted.
type methodPredictions struct {
	name  string
	seeds []seedPredictions // one of a baseline, otherwise one per seed
}

// seedPredictions is what one method predicted with one seed.
type seedPredictions struct {
	active [][]float32        // per scored horizon, the probability in each case
	cold   []metric.ErrorSums // per function
	need   []metric.LossSums  // per function
}

// predict has every method forecast all functions at all origins. Functions are
// forecast in parallel and joined in the order of e.functions, so that the result
// does not depend on the number of processors. bar moves by one per function.
func (e experiment) predict(ctx context.Context, bar *cli.Bar) (*predictions, error) {
	parts := make([]*predictions, len(e.functions))
	group, ctx := errgroup.WithContext(ctx)
	// The bound is for memory as well: the forecasts of a function at all origins
	// are large, and of them only probabilities and sums are kept.
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range e.functions {
		group.Go(func() (err error) {
			// Checked at the begin of each function, as forecasting one does not
			// look at ctx.
			if ctx.Err() != nil {
				return ctx.Err()
			}
			defer bar.Add(1)
			parts[i], err = e.predictFunction(e.functions[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all.join(p)
	}
	all.functions = e.functions
	if all.hours() == 0 {
		return nil, errors.New("no hour of the trace is known as a whole")
	}
	return all, nil
}

// predictFunction forecasts one function at all origins by every method. The order is
// the baselines, then the parts of the model in the order of method.Parts, so that the
// full model is the last method. Origins at which the shortest history is unknown are
// left out for all of them, so that their scores can be compared.
func (e experiment) predictFunction(f trace.Function) (*predictions, error) {
	origins := method.Known(method.Origins(e.trace, f, e.stride), e.shortest)
	seen := method.Within(origins, e.history)
	all := &predictions{origins: len(origins), active: observedActivity(origins), seeds: e.seeds}
	for _, b := range method.Baselines() {
		p := &methodPredictions{b.Name, []seedPredictions{newPredictions(b.Forecasts(seen), origins, f.Duration)}}
		if b.NeedOnly {
			all.needOnly = append(all.needOnly, p)
		} else {
			all.methods = append(all.methods, p)
		}
	}
	// The models that have not seen this function: with folds they differ from
	// function to function.
	models := e.models(f)
	first := len(all.methods)
	for _, name := range models[0].Parts() {
		all.methods = append(all.methods, &methodPredictions{name: name})
	}
	for _, m := range models {
		forecasts, err := m.Forecasts(seen, 1)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
		for k, p := range all.methods[first:] {
			p.seeds = append(p.seeds, newPredictions(forecasts[k], origins, f.Duration))
		}
	}
	return all, nil
}

// observedActivity returns the cases of one function per scored horizon: the known
// minutes at that horizon, whether a call came or not.
func observedActivity(origins []method.Origin) []metric.Cases {
	cases := make([]metric.Cases, len(scoredHorizons()))
	for _, o := range origins {
		for k, horizon := range scoredHorizons() {
			if c := o.Future[horizon-1]; c != series.NoData {
				// Function 0: join gives the cases their index.
				cases[k].Add(0, c > 0)
			}
		}
	}
	return cases
}

// newPredictions compares the forecasts for one function with what was observed.
// forecasts[i] is the one at origins[i]. duration is the mean of the function's
// calls, in seconds: with the observed calls it gives the observed need. Unknown steps and hours are left out, in the same way
// as in observedActivity.
func newPredictions(forecasts []method.Forecast, origins []method.Origin, duration float64) seedPredictions {
	p := seedPredictions{make([][]float32, len(scoredHorizons())), make([]metric.ErrorSums, 1), make([]metric.LossSums, 1)}
	for i, o := range origins {
		f := &forecasts[i]
		for k, horizon := range scoredHorizons() {
			if o.Future[horizon-1] != series.NoData {
				p.active[k] = append(p.active[k], f.Active[horizon-1])
			}
		}
		if n, ok := forecast.ColdStarts(o.Window.Counts, o.Future); ok {
			p.cold[0].Add(f.Cold, float64(n))
		}
		if o.Future[0] != series.NoData {
			var quantiles [len(event.Quantiles)]float64
			for q, n := range f.Need(1) {
				quantiles[q] = float64(n)
			}
			p.need[0].Add(quantiles, float64(o.Need(duration)))
		}
	}
	return p
}

// join appends the predictions for one further function. The index of the function
// is the number of those joined before.
func (p *predictions) join(o *predictions) {
	function := len(p.methods[0].seeds[0].cold)
	p.origins += o.origins
	for k := range p.active {
		for _, active := range o.active[k].Active {
			p.active[k].Add(function, active)
		}
	}
	for i, m := range p.methods {
		m.join(o.methods[i])
	}
	for i, m := range p.needOnly {
		m.join(o.needOnly[i])
	}
}

// join appends the predictions of the same method for one further function.
func (m *methodPredictions) join(o *methodPredictions) {
	for i := range m.seeds {
		s, add := &m.seeds[i], o.seeds[i]
		for k := range s.active {
			s.active[k] = append(s.active[k], add.active[k]...)
		}
		s.cold, s.need = append(s.cold, add.cold...), append(s.need, add.need...)
	}
}

// hours returns the number of origins whose next hour is known. It is the same
// for every method.
func (p *predictions) hours() int {
	n := 0.0
	for _, e := range p.methods[0].seeds[0].cold {
		n += e.N
	}
	return int(n)
}
