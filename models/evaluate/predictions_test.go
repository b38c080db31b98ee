package main

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/cli"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// originAt returns an origin after an hour without calls, with the given counts at
// the next steps and no calls after them.
func originAt(future ...int32) method.Origin {
	o := method.Origin{Future: make([]int32, 60)}
	o.Window.StepSeconds, o.Window.Concurrency, o.Window.Counts = 60, 1, make([]int32, 60)
	copy(o.Future, future)
	return o
}

// always returns a forecast with the same probability at all horizons.
func always(p float32, cold float64) method.Forecast {
	f := method.Forecast{Cold: cold}
	for t := range f.Active {
		f.Active[t] = p
	}
	return f
}

// Two origins: the first has 30 calls of ten seconds in the next minute, which need
// five replicas, and is one cold start; the second has a call at horizon 5. A
// forecast without a need of its own predicts one replica at high probabilities.
func TestPredictionsAreComparedWithTheFuture(t *testing.T) {
	origins := []method.Origin{originAt(30), originAt(0, 0, 0, 0, 1)}
	p := newPredictions([]method.Forecast{always(1, 1), always(0, 3)}, origins, 10)
	for k := range scoredHorizons() {
		if a := p.active[k]; len(a) != 2 || a[0] != 1 || a[1] != 0 {
			t.Errorf("horizon %d: probabilities %v", k, a)
		}
	}
	if want := (metric.ErrorSums{N: 2, Squares: 4, Observed: 2, ObservedSquares: 2, Near: 1}); p.cold[0] != want {
		t.Errorf("cold starts %+v, want %+v", p.cold[0], want)
	}
	if pinball, _ := p.need[0].Mean(); p.need[0].N != 2 || math.Abs(pinball[0]-0.5*4/2) > 1e-9 {
		t.Errorf("need: %+v, mean loss of the median %v, want that of 1 instead of 5 in one of two", p.need[0], pinball[0])
	}
	cases := observedActivity(origins)
	for k, want := range [][]bool{{true, false}, {false, true}, {false, false}} {
		if got := cases[k].Active; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("horizon %d: observed %v, want %v", scoredHorizons()[k], got, want)
		}
	}
}

// An unknown minute is not a case at its horizon. The hour with it has no known number
// of cold starts, and an unknown next minute has no need.
func TestUnknownMinutesAreNotScored(t *testing.T) {
	origins := []method.Origin{originAt(series.NoData), originAt(0, 0, 0, 0, series.NoData)}
	p := newPredictions([]method.Forecast{always(0.5, 1), always(0.5, 1)}, origins, 1)
	cases := observedActivity(origins)
	for k, want := range []int{1, 1, 2} {
		if len(p.active[k]) != want || len(cases[k].Active) != want {
			t.Errorf("horizon %d: %d predictions of %d cases, want %d", scoredHorizons()[k], len(p.active[k]), len(cases[k].Active), want)
		}
	}
	if p.cold[0].N != 0 || p.need[0].N != 1 {
		t.Errorf("%v hours and %v needs are scored", p.cold[0].N, p.need[0].N)
	}
}

// Joined functions keep their order: cases and sums of the second one follow those
// of the first.
func TestJoinAppendsAFunction(t *testing.T) {
	of := func(p float32, future ...int32) *predictions {
		origins := []method.Origin{originAt(future...)}
		s := newPredictions([]method.Forecast{always(p, 0)}, origins, 1)
		m := func() []*methodPredictions { return []*methodPredictions{{"x", []seedPredictions{s}}} }
		return &predictions{origins: 1, active: observedActivity(origins), methods: m(), needOnly: m(), seeds: 1}
	}
	all := of(0.25, 1)
	all.join(of(0.75, 0))
	if a := all.active[0]; all.origins != 2 || a.Function[0] != 0 || a.Function[1] != 1 || !a.Active[0] || a.Active[1] {
		t.Errorf("%d origins, cases %+v", all.origins, a)
	}
	for _, m := range []*methodPredictions{all.methods[0], all.needOnly[0]} {
		if s := m.seeds[0]; len(s.cold) != 2 || s.cold[0].Observed != 1 || s.cold[1].Observed != 0 || len(s.need) != 2 || s.active[0][1] != 0.75 {
			t.Errorf("got %+v", s)
		}
	}
	if h := all.hours(); h != 2 {
		t.Errorf("%d hours", h)
	}
}

// smallExperiment returns an experiment of the embedded model on one function.
func smallExperiment(t *testing.T, counts ...int32) experiment {
	t.Helper()
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	tr := &trace.Trace{Layout: trace.Azure2019, Minutes: len(counts)}
	tr.Functions = []trace.Function{{Name: "f", Counts: counts, Duration: 1}}
	return experiment{trace: tr, functions: tr.Functions, stride: 1, seeds: 1, history: feature.MaxHistory, shortest: feature.MaxHistory, models: func(trace.Function) []method.Model { return []method.Model{{Full: p}} }}
}

// If no origin has a known next hour, there is nothing to score.
func TestTraceWithoutAKnownHourIsAnError(t *testing.T) {
	_, err := smallExperiment(t, make([]int32, 200)...).predict(t.Context(), cli.NewBar(io.Discard, "test", 1))
	if err == nil || err.Error() != "no hour of the trace is known as a whole" {
		t.Errorf("got %v", err)
	}
}

func TestInterruptEndsPredict(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := smallExperiment(t, 1).predict(ctx, cli.NewBar(io.Discard, "test", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
