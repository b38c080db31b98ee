package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/models"
	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
	"prewarm/shared/trace"
)

// within returns what all methods predict for the first function of a trace, with a
// bound of the history.
func within(t *testing.T, tr *trace.Trace, history, shortest int) *predictions {
	t.Helper()
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := method.Model{Full: p, Ablations: []method.Ablation{{Name: method.WithoutLSTM, Predictor: p}}}
	e := experiment{trace: tr, stride: 1, seeds: 1, history: history, shortest: shortest, models: func(trace.Function) []method.Model { return []method.Model{m} }}
	found, err := e.predictFunction(tr.Functions[0])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Property: what is older than the bound changes no prediction that is scored. The
// trace has one origin, at its minute 180.
func TestNoScoreSeesBeyondTheHistory(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, steps := range []int{3, 12, 30, 100} {
		tr := traceOf(1, method.WarmUp+feature.Horizons, rng)
		before := within(t, tr, steps, 3)
		for m := range method.WarmUp - steps {
			tr.Functions[0].Counts[m] = int32(rng.IntN(9))
		}
		after := within(t, tr, steps, 3)
		for i, m := range slices.Concat(after.methods, after.needOnly) {
			want := slices.Concat(before.methods, before.needOnly)[i]
			if !reflect.DeepEqual(m.seeds[0].active, want.seeds[0].active) {
				t.Errorf("%d steps: %s depends on older ones", steps, m.name)
			}
			// What was observed depends on the last keep-alive.
			if steps > 10 && !reflect.DeepEqual(m, want) {
				t.Errorf("%d steps: need or cold starts of %s depend on older ones", steps, m.name)
			}
		}
	}
}

// Rows of a comparison have the same origins, and what was observed is the same: the
// method zero, which reads nothing, has the same scores with each bound, and every
// method is judged by the same cold starts. The function is called every 12 minutes
// for ten of them, so that minutes before a short bound decide about cold starts and
// need.
func TestHistoriesAreScoredOnTheSameMinutes(t *testing.T) {
	tr := traceOf(1, 500, rand.New(rand.NewPCG(5, 6)))
	f := &tr.Functions[0]
	f.Duration = 600
	for m := range f.Counts {
		f.Counts[m] = int32(metric.Indicator(m%12 == 0))
	}
	f.Counts[300] = series.NoData
	long := within(t, tr, feature.MaxHistory, 3)
	for _, steps := range []int{3, 30} {
		p := within(t, tr, steps, 3)
		if p.origins != long.origins || !reflect.DeepEqual(p.active, long.active) {
			t.Errorf("%d steps: %d origins, a day %d", steps, p.origins, long.origins)
		}
		if zero, want := p.methods[0].seeds[0].need, long.methods[0].seeds[0].need; !slices.Equal(zero, want) {
			t.Errorf("%d steps: other needs were observed: %+v, with a day %+v", steps, zero, want)
		}
		for i, m := range p.methods {
			if got, want := m.seeds[0].cold[0], long.methods[i].seeds[0].cold[0]; got.N != want.N || got.Observed != want.Observed {
				t.Errorf("%d steps: %s is judged by other cold starts: %+v, with a day %+v", steps, m.name, got, want)
			}
		}
	}
	// Of 261 origins, three have minute 300 among the last three.
	if alone := within(t, tr, feature.MaxHistory, feature.MaxHistory); alone.origins != long.origins+3 {
		t.Errorf("%d origins without a shorter history, %d with one", alone.origins, long.origins)
	}
}

// sectionsOf runs the command and returns the experiments of its report.
func sectionsOf(t *testing.T, args ...string) map[string]scores {
	t.Helper()
	raw, _ := evaluated(t, append(args, "-json")...)
	var sections map[string]scores
	if err := json.Unmarshal([]byte(raw), &sections); err != nil {
		t.Fatal(err)
	}
	return sections
}

// A bound of a day is as no bound: each figure is the same. One of three steps is not.
func TestScoresWithADayAreThoseWithoutABound(t *testing.T) {
	args := []string{"-trace", singleDay(t, 12), "-stride", "97"}
	const name = "azure2019-single-day-embedded"
	none := sectionsOf(t, args...)[name]
	day := sectionsOf(t, append(args, "-history", "24h")...)[name+"-history-1440"]
	three := sectionsOf(t, append(args, "-history", "3")...)[name+"-history-3"]
	if none.History != 1440 || three.History != 3 || three.Origins != none.Origins {
		t.Errorf("histories of %d and %d, origins %d and %d", none.History, three.History, none.Origins, three.Origins)
	}
	if reflect.DeepEqual(three.Methods, none.Methods) {
		t.Error("three steps give the scores of a day")
	}
	day.Protocol = none.Protocol
	if !reflect.DeepEqual(day, none) {
		t.Errorf("with a bound of a day: %+v\nwithout: %+v", day, none)
	}
}

// With folds, a comparison trains the model and the one without the LSTM, once for
// all bounds.
func TestFoldsAreTrainedOnceForAllHistories(t *testing.T) {
	table, log := evaluated(t, append(quick(singleDay(t, 40)), "-seeds", "1", "-history", "3, 30m")...)
	for _, want := range []string{"2 folds over the owners, seeds: 1, histories compared", "\n| 3 min | 0.", "\n| 30 min | 0.", "history of 30 min"} {
		if !strings.Contains(table, want) {
			t.Errorf("the report lacks %q:\n%s", want, table)
		}
	}
	if !strings.Contains(log, "train 4 models") || strings.Contains(table, method.ForestsAlone) {
		t.Errorf("log:\n%s", log)
	}
}

// TSB has the highest average precision of the baselines, ridge the lowest Brier score
// and a method of the need alone the lowest CRPS. A part of the model is no baseline,
// though it is better than all of them.
func TestHistoriesNameTheBestBaseline(t *testing.T) {
	s := &scores{History: 30, Methods: []methodScores{
		scoredAs("TSB", 0.7, 0.4, 0), scoredAs("ridge on own lags", 0.5, 0.3, 0), scoredAs(method.GapHazard, 0.6, 0.35, 0),
		scoredAs(method.LSTMAlone, 0.8, 0.2, 0), scoredAs(method.WithoutLSTM, 0.85, 0.15, 0), scoredAs(method.Full, 0.9, 0.1, 0),
	}, Need: []needLosses{{Name: "most of 10 minutes", CRPS: 0.25}, {Name: "TSB", CRPS: 0.5}, {Name: method.LSTMAlone, CRPS: 0.05}, {Name: method.WithoutLSTM, CRPS: 0.02}, {Name: method.Full, CRPS: 0.01}}}
	alone := *s
	alone.History, alone.Methods = 180, slices.Concat(s.Methods[:4], s.Methods[5:])
	section := compareHistories("folds", "by hand", []*scores{s, &alone})
	for _, want := range []string{
		"| 30 min | 0.9000 | 0.1000 | 0.0100 | 0.8500 | 0.1500 | 0.0200 | 0.8000 | 0.2000 | 0.0500 | 0.7000 | TSB | 0.3000 | ridge on own lags | 0.2500 | most of 10 minutes |",
		"| 3 h | 0.9000 | 0.1000 | 0.0100 |  |  |  | 0.8000 | 0.2000 | 0.0500 | 0.7000 | TSB |",
		"| 30 min | without the LSTM | 0.0500 | 0.0400 to 0.0600 | 0.0500 | 0.0400 to 0.0600 |",
		"| 3 h | LSTM without forest | 0.1000 | 0.0900 to 0.1100 | 0.1000 | 0.0900 to 0.1100 |",
		"| 3 h | best baseline | 0.2000 | 0.1900 to 0.2100 | 0.2000 | 0.1900 to 0.2100 |",
	} {
		if !strings.Contains(section.Text, want) {
			t.Errorf("lacks\n%s\n%s", want, section.Text)
		}
	}
}

// Bounds are steps or durations. An error names flag, bound and value.
func TestHistoryIsStepsOrDurations(t *testing.T) {
	o, err := parseOptions([]string{"-history", "3,30m, 3h,24h"}, io.Discard)
	if err != nil || !slices.Equal(o.history, []int{3, 30, 180, 1440}) {
		t.Errorf("got %v, %v", o.history, err)
	}
	for want, args := range map[string][]string{
		`flag -history: must be between 3 and 1440 steps, was: 2`:                      {"-history", "2"},
		`flag -history: must be between 3 and 1440 steps, was: 25h`:                    {"-history", "3,25h"},
		`flag -history: must be whole minutes, was: 200s`:                              {"-history", "200s"},
		`flag -history: must be steps or durations, such as 3,30m,3h,24h, was: "long"`: {"-history", "long"},
		`flag -history: must be steps or durations, such as 3,30m,3h,24h, was: ""`:     {"-history", ""},
		`flag -history: every bound must be given once, was: 180 steps twice`:          {"-history", "3h,180"},
		`-history excludes -all, -hourly, -audit and -forecasts`:                       {"-history", "3", "-hourly"},
	} {
		if _, err := parseOptions(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
