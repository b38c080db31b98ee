package main

import (
	"strings"
	"testing"

	"prewarm/models/evaluate/method"
	"prewarm/models/evaluate/metric"
	"prewarm/models/evaluate/report"
)

// scoredAs returns a method with the given scores. The full model has 0.9, 0.1 and
// 0.8, and each interval is ± 0.01.
func scoredAs(name string, precision, brier, r2 float64) methodScores {
	above := func(by float64) metric.Interval {
		return metric.Interval{Difference: by, Low: by - 0.01, High: by + 0.01}
	}
	return methodScores{
		Name:     name,
		Activity: []activityScores{{AveragePrecision: precision, Brier: brier, Full: activityGain{above(0.9 - precision), above(brier - 0.1)}}},
		Cold:     coldScores{N: 50, Accuracy: metric.Accuracy{R2: r2}, FullR2: above(0.8 - r2)},
	}
}

// The best other method differs from score to score.
func TestSummaryNamesTheBestOtherMethod(t *testing.T) {
	s := &scores{Trace: "azure2019", Protocol: "five folds", Functions: 7, Adapted: []activityGain{{metric.Interval{Difference: 0.123}, metric.Interval{}}}, Methods: []methodScores{
		scoredAs("zero", 0.2, 0.3, 0.1), scoredAs("ridge", 0.8, 0.4, 0.2), scoredAs("TSB", 0.5, 0.2, 0.3), scoredAs("Croston", 0.4, 0.3, 0.7),
		scoredAs(method.LSTMAlone, 0.7, 0.25, 0.4), scoredAs(method.Full, 0.9, 0.1, 0.8),
	}}
	s.Sparse = coldTable{Functions: 3}
	for _, m := range s.Methods {
		s.Sparse.Methods = append(s.Sparse.Methods, m.Cold)
	}
	found := summary([]report.Section{{Data: "no experiment"}, {Data: s}})
	if len(found) != 1 {
		t.Fatalf("%d summaries", len(found))
	}
	for _, want := range []string{
		"| azure2019: five folds | 7 | 0.9000 | ridge | 0.1000 | 0.0900 to 0.1100 | 0.1000 | TSB | 0.1000 | 0.0900 to 0.1100 |",
		"| azure2019: five folds | 0.1230 | 0.0000 to 0.0000 | 0.0000 | 0.0000 to 0.0000 | 0.2000 | 0.1900 to 0.2100 | 0.1500 |",
		"| azure2019: five folds, sparse functions | 50 | 0.000 | 0.800 | 0.0 % | Croston | 0.100 | 0.090 to 0.110 |",
	} {
		if !strings.Contains(found[0].Text, want) {
			t.Errorf("the summary lacks\n%s\n%s", want, found[0].Text)
		}
	}
	if none := summary([]report.Section{{Data: "no experiment"}}); none != nil {
		t.Errorf("without an experiment: %+v", none)
	}
}
