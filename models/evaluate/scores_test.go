package main

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/shared/chart"
	"prewarm/shared/trace"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// predicted returns the predictions of one seed for two functions, each with an
// active and an idle case: p for the active cases and 1-p for the idle ones, and a
// number of cold starts that is off by the given amount.
func predicted(p float32, off float64) seedPredictions {
	s := seedPredictions{cold: make([]metric.ErrorSums, 2), need: make([]metric.LossSums, 2)}
	for range scoredHorizons() {
		s.active = append(s.active, []float32{p, 1 - p, p, 1 - p})
	}
	for f := range s.cold {
		s.cold[f].Add(1+off, 1)
		s.cold[f].Add(3+off, 3)
		s.need[f].Add([4]float64{1, 1, 1, 1}, 1+off)
	}
	return s
}

// handMade returns an experiment on a sparse and a dense function, and predictions
// of two seeds: a baseline, the LSTM not adapted and adapted, and the full model.
func handMade() (experiment, *predictions) {
	sparse, dense := make([]int32, 1440), slices.Repeat([]int32{1}, 1440)
	sparse[0] = 1
	e := experiment{trace: &trace.Trace{Layout: trace.Azure2019, Minutes: 1440}, stride: 7, protocol: "by hand", seeds: 2}
	e.functions = []trace.Function{{Name: "sparse", Counts: sparse}, {Name: "dense", Counts: dense}}
	p := &predictions{functions: e.functions, origins: 4, seeds: 2}
	for range scoredHorizons() {
		var c metric.Cases
		for f := range 2 {
			c.Add(f, true)
			c.Add(f, false)
		}
		p.active = append(p.active, c)
	}
	p.methods = []*methodPredictions{
		{"TSB", []seedPredictions{predicted(0.5, 2)}},
		{method.NotAdapted, []seedPredictions{predicted(0.5, 1), predicted(0.5, 1)}},
		{method.LSTMAlone, []seedPredictions{predicted(0.75, 1), predicted(0.75, 1)}},
		{method.Full, []seedPredictions{predicted(1, 0), predicted(0.75, 1)}},
	}
	p.needOnly = []*methodPredictions{{"most", []seedPredictions{predicted(0, 2)}}}
	return e, p
}

// The full model has Brier scores of 0 and 1/16 with its seeds, and RMSE 0 and 1;
// the baseline has 1/4 and 2.
func TestScoresAreMeansOverTheSeeds(t *testing.T) {
	e, p := handMade()
	s := e.scores(p)
	if s.Functions != 2 || s.Origins != 4 || s.Stride != 7 || s.Hours != 4 || s.Cases != 4 || s.BaseRate != 0.5 || s.Protocol != "by hand" {
		t.Errorf("got %+v", s)
	}
	full, tsb := s.full(), s.Methods[s.index("TSB")]
	if a := full.Activity[0]; !near(a.Brier, 1.0/32) || !near(a.BrierSpread, math.Sqrt2/32) || a.AveragePrecision != 1 || a.PrecisionSpread != 0 {
		t.Errorf("activity of the full model: %+v", a)
	}
	if a := tsb.Activity[0]; !near(a.Brier, 0.25) || a.BrierSpread != 0 || !near(a.AveragePrecision, 0.5) || !near(a.Full.Brier.Difference, 0.25-1.0/32) {
		t.Errorf("activity of TSB: %+v", a)
	}
	if c := full.Cold; c.N != 4 || !near(c.RMSE, 0.5) || !near(c.RMSESpread, math.Sqrt2/2) || !near(c.Within, 0.5) || c.FullR2.Difference != 0 {
		t.Errorf("cold starts of the full model: %+v", c)
	}
	if c := tsb.Cold; !near(c.RMSE, 2) || !near(c.R2, -3) || !near(c.FullR2.Difference, 3.5) {
		t.Errorf("cold starts of TSB: %+v", c)
	}
	if g := s.Adapted[0]; !near(g.Brier.Difference, 0.25-1.0/16) || !near(g.Precision.Difference, 0.5) {
		t.Errorf("adaptation: %+v", g)
	}
	if s.index("no such method") != -1 || len(s.others()) != 3 {
		t.Errorf("%d others", len(s.others()))
	}
}

// Methods of the need alone come first. The CRPS of a point is its absolute error.
func TestNeedIsScoredForAllMethods(t *testing.T) {
	e, p := handMade()
	s := e.scores(p)
	want := map[string]float64{"most": 2, "TSB": 2, method.NotAdapted: 1, method.LSTMAlone: 1, method.Full: 0.5}
	if len(s.Need) != len(want) || s.Need[0].Name != "most" {
		t.Fatalf("got %+v", s.Need)
	}
	for _, n := range s.Need {
		if !near(n.CRPS, want[n.Name]) || !near(n.Pinball[3], 0.99*want[n.Name]) {
			t.Errorf("%s: %+v", n.Name, n)
		}
	}
}

// The sparse function has one active minute a day and the dense one 1,440. Classes
// without a function are left out.
func TestFunctionsAreGroupedByRate(t *testing.T) {
	e, p := handMade()
	s := e.scores(p)
	if s.Sparse.Functions != 1 || s.Sparse.Methods[0].N != 2 {
		t.Errorf("sparse: %+v", s.Sparse)
	}
	if len(s.Classes) != 2 || s.Classes[0].Class != "below 10" || s.Classes[1].Class != "1,000 and more" {
		t.Fatalf("classes %+v", s.Classes)
	}
	for _, c := range s.Classes {
		if c.Cold.Functions != 1 || c.BaseRate != 0.5 || len(c.Activity) != 4 || c.Activity[0].Full.Brier.Difference != 0 {
			t.Errorf("%s: %+v", c.Class, c)
		}
	}
}

// Each table has a row per method, and the text defines N.
func TestMarkdownHasAllTables(t *testing.T) {
	e, p := handMade()
	text := e.scores(p).markdown()
	for _, want := range []string{
		"2 functions, 4 origins, minutes from one to the next: 7; of the model's parts the mean of 2 seeds",
		"| TSB | 0.5000 | 0.2500 | 0.0000 |",
		"| full | 1.0000 | 0.0312 ± 0.0442 |",
		"4 cases at +1, share of active ones 0.5000.",
		"| (LSTM adapted against not adapted) | 0.5000 |",
		"400 bootstrap samples of the functions and of the seeds.",
		"| full | 0.500 ± 0.707 | 0.500 | 50.0 % |  |  |",
		"N = 4 hours of all 2 functions.",
		"N = 2 hours of the 1 sparse functions",
		"| most | 1.0000 | 1.8000 | 1.9000 | 1.9800 | 2.0000 |",
		"| (functions; hours) | 1 | 2 |  | 1 | 2 |  |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
}

// Without a sparse function there is no second table of cold starts.
func TestNoTableOfSparseFunctionsWithoutOne(t *testing.T) {
	e, p := handMade()
	s := e.scores(p)
	s.Sparse.Functions = 0
	if text := s.coldTables(); strings.Contains(text, "sparse") || strings.Count(text, "| TSB |") != 1 {
		t.Errorf("got\n%s", text)
	}
}

// A bin needs 30 cases to be drawn; here the bin of 0.25 has 10 and that of 0.75
// has 30.
func TestReliabilityLineLeavesOutSmallBins(t *testing.T) {
	var c metric.Cases
	p := append(slices.Repeat([]float32{0.25}, 10), slices.Repeat([]float32{0.75}, 30)...)
	for i := range p {
		c.Add(0, i >= 25)
	}
	r := metric.Rank(p, &c, nil)
	if got := reliabilityLine("x", r).Points; !slices.Equal(got, []chart.Point{{X: 0.75, Y: 0.5}}) {
		t.Errorf("got %v", got)
	}
	if got := precisionLine("x", r).Points; !slices.Equal(got, []chart.Point{{X: 1, Y: 0.5}, {X: 1, Y: 0.375}}) {
		t.Errorf("got %v", got)
	}
}

// Plots show the methods that the experiment has. Bars have one height per class.
func TestPlotsShowTheMethodsOfTheExperiment(t *testing.T) {
	e, p := handMade()
	s := e.scores(p)
	for _, plot := range s.plots() {
		var svg bytes.Buffer
		if err := plot.Draw(&svg); err != nil {
			t.Fatalf("%s: %v", plot.Name, err)
		}
		if text := svg.String(); !strings.Contains(text, ">TSB<") || strings.Contains(text, method.ForestsAlone) || !strings.Contains(plot.Caption, "azure2019, by hand") {
			t.Errorf("%s (%s) shows other methods:\n%s", plot.Name, plot.Caption, text)
		}
	}
	brier, cold := s.classBars()
	if len(brier.Series) != 3 || len(cold.Series) != 3 || len(brier.Series[0].Heights) != 2 || !near(cold.Series[2].Heights[0], 2) {
		t.Errorf("bars %+v, %+v", brier.Series, cold.Series)
	}
}
