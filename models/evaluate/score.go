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

// scored are the horizons at which activity is scored.
func scored() []int { return []int{1, 5, 15} }

// experiment says what is scored and by which models.
type experiment struct {
	trace     *trace.Trace
	functions []trace.Function
	stride    int // minutes from one origin to the next

	// models returns the models that have not seen a function, one per seed.
	models func(trace.Function) []method.Model
	seeds  int
}

// outcomes are all that methods said of the functions of an experiment, and
// what came.
type outcomes struct {
	functions []trace.Function
	origins   int
	active    []metric.Outcomes // per scored horizon
	methods   []*said           // that state activity; the full model is the last
	needOnly  []*said
	seeds     int
}

// said is what one method said.
type said struct {
	name  string
	seeds []tally // one, or one per seed
}

// tally is what one method said with one seed.
type tally struct {
	active [][]float32     // per scored horizon, the claim about each case
	cold   []metric.Errors // per function
	need   []metric.Losses // per function
}

// score has every method state forecasts at all origins.
func (e experiment) score(ctx context.Context, bar *cli.Bar) (*outcomes, error) {
	parts := make([]*outcomes, len(e.functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range e.functions {
		group.Go(func() (err error) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			defer bar.Add(1)
			parts[i], err = e.scoreFunction(e.functions[i])
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

// scoreFunction returns the outcomes of one function.
func (e experiment) scoreFunction(f trace.Function) (*outcomes, error) {
	origins := method.Origins(e.trace, f, e.stride)
	all := &outcomes{origins: len(origins), active: make([]metric.Outcomes, len(scored())), seeds: e.seeds}
	for _, o := range origins {
		for k, horizon := range scored() {
			if c := o.Future[horizon-1]; c != series.NoData {
				all.active[k].Add(0, c > 0)
			}
		}
	}
	for _, b := range method.Baselines() {
		statements := make([]method.Statement, len(origins))
		for i := range origins {
			statements[i] = b.State(&origins[i].Window)
		}
		of := &said{b.Name, []tally{tallyOf(statements, origins, f.Duration)}}
		if b.NeedOnly {
			all.needOnly = append(all.needOnly, of)
		} else {
			all.methods = append(all.methods, of)
		}
	}
	models := e.models(f)
	for _, name := range models[0].Parts() {
		all.methods = append(all.methods, &said{name: name})
	}
	for _, m := range models {
		statements, err := m.Statements(origins, 1)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
		for k, s := range statements {
			of := all.methods[len(all.methods)-len(statements)+k]
			of.seeds = append(of.seeds, tallyOf(s, origins, f.Duration))
		}
	}
	return all, nil
}

// tallyOf scores statements about one function, whose calls last so many
// seconds on average, by what came.
func tallyOf(statements []method.Statement, origins []method.Origin, duration float64) tally {
	t := tally{active: make([][]float32, len(scored())), cold: make([]metric.Errors, 1), need: make([]metric.Losses, 1)}
	for i, o := range origins {
		s := &statements[i]
		for k, horizon := range scored() {
			if o.Future[horizon-1] != series.NoData {
				t.active[k] = append(t.active[k], s.Active[horizon-1])
			}
		}
		if n, ok := forecast.ColdStarts(o.Window.Counts, o.Future); ok {
			t.cold[0].Add(s.Cold, float64(n))
		}
		if c := o.Future[0]; c != series.NoData {
			var quantiles [len(event.Quantiles)]float64
			for q, n := range s.Need(1) {
				quantiles[q] = float64(n)
			}
			t.need[0].Add(quantiles, float64(series.Need(c, duration, 60, 1)))
		}
	}
	return t
}

// join adds the outcomes of one further function.
func (a *outcomes) join(o *outcomes) {
	function := len(a.methods[0].seeds[0].cold)
	a.origins += o.origins
	for k := range a.active {
		for _, active := range o.active[k].Active {
			a.active[k].Add(function, active)
		}
	}
	for m, of := range a.methods {
		of.join(o.methods[m])
	}
	for m, of := range a.needOnly {
		of.join(o.needOnly[m])
	}
}

// join adds what the same method said of one further function.
func (m *said) join(o *said) {
	for s := range m.seeds {
		t, add := &m.seeds[s], o.seeds[s]
		for k := range t.active {
			t.active[k] = append(t.active[k], add.active[k]...)
		}
		t.cold, t.need = append(t.cold, add.cold...), append(t.need, add.need...)
	}
}

// hours returns the number of origins whose next hour is known.
func (a *outcomes) hours() int {
	n := 0.0
	for _, f := range a.methods[0].seeds[0].cold {
		n += f.N
	}
	return int(n)
}
