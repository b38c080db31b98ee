package main

import (
	"strings"
	"testing"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
)

// scoredAs is a method with the given scores.
func scoredAs(name string, precision, brier, r2 float64) methodResult {
	above := func(by float64) metric.Interval {
		return metric.Interval{Difference: by, Low: by - 0.01, High: by + 0.01}
	}
	return methodResult{
		Name:     name,
		Activity: []activity{{AveragePrecision: precision, Brier: brier, Full: gain{above(0.9 - precision), above(brier - 0.1)}}},
		Cold:     cold{N: 50, R2: r2, FullR2: above(0.8 - r2)},
	}
}

// The best other method is another one for each score.
func TestTheSummaryNamesTheBestOtherMethod(t *testing.T) {
	r := &result{Trace: "azure2019", Protocol: "five folds", Functions: 7, Adapted: []gain{{metric.Interval{Difference: 0.123}, metric.Interval{}}}, Methods: []methodResult{
		scoredAs("zero", 0.2, 0.3, 0.1), scoredAs("ridge", 0.8, 0.4, 0.2), scoredAs("TSB", 0.5, 0.2, 0.3), scoredAs("Croston", 0.4, 0.3, 0.7),
		scoredAs(method.LSTMAlone, 0.7, 0.25, 0.4), scoredAs(method.Full, 0.9, 0.1, 0.8),
	}}
	r.Sparse = coldTable{Functions: 3}
	for _, m := range r.Methods {
		r.Sparse.Methods = append(r.Sparse.Methods, m.Cold)
	}
	s, ok := summary([]report.Section{{Data: "something else"}, {Data: r}})
	if !ok {
		t.Fatal("no summary")
	}
	for _, want := range []string{
		"| azure2019: five folds | 7 | 0.9000 | ridge | 0.1000 | 0.0900 to 0.1100 | 0.1000 | TSB | 0.1000 | 0.0900 to 0.1100 |",
		"| azure2019: five folds | 0.1230 | 0.0000 to 0.0000 | 0.0000 | 0.0000 to 0.0000 | 0.2000 | 0.1900 to 0.2100 | 0.1500 |",
		"| azure2019: five folds, sparse functions | 50 | 0.000 | 0.800 | 0.0 % | Croston | 0.100 | 0.090 to 0.110 |",
	} {
		if !strings.Contains(s.Text, want) {
			t.Errorf("the summary lacks\n%s\n%s", want, s.Text)
		}
	}
	if _, ok := summary([]report.Section{{Data: "something else"}}); ok {
		t.Error("a summary of nothing")
	}
}
