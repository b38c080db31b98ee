package metric_test

import (
	"fmt"
	"math/rand/v2"

	"prewarm/models/evaluate/metric"
)

// Four minutes with predicted probabilities of a call. The two highest are an
// active and an idle minute, so that precision is 1 at the first active minute
// (recall 1/2) and 2/3 at the second: AP = 1/2·1 + 1/2·2/3.
func ExampleRanking_Scores() {
	var cases metric.Cases
	for _, active := range []bool{true, false, true, false} {
		cases.Add(0, active)
	}
	ranking := metric.Rank([]float32{0.75, 0.5, 0.25, 0}, &cases, nil)
	precision, brier := ranking.Scores(nil)
	fmt.Printf("AP %.3f, Brier %.5f, base rate %.1f\n", precision, brier, cases.BaseRate(nil))
	// Output: AP 0.833, Brier 0.21875, base rate 0.5
}

// Three hours with 1, 4 and 4 cold starts were predicted as 1, 2 and 3.5. The
// squared errors are 0 + 4 + 0.25, the squared deviations from the mean 4 + 1 + 1.
func ExampleErrorSums() {
	var sums metric.ErrorSums
	sums.Add(1, 1)
	sums.Add(2, 4)
	sums.Add(3.5, 4)
	a := sums.Accuracy()
	fmt.Printf("RMSE %.3f, R2 %.3f, within 0.5: %.3f\n", a.RMSE, a.R2, a.Within)
	// Output: RMSE 1.190, R2 0.292, within 0.5: 0.667
}

// One replica was predicted at every level, and two were needed: each pinball
// loss is the level itself, and the CRPS of a point is the absolute error.
func ExampleLossSums() {
	var sums metric.LossSums
	sums.Add([4]float64{1, 1, 1, 1}, 2)
	pinball, crps := sums.Mean()
	fmt.Printf("pinball %.2f, CRPS %.0f\n", pinball, crps)
	// Output: pinball [0.50 0.90 0.95 0.99], CRPS 1
}

// Two functions: a method is right about both, another is off by 1 and by 3.
// Samples that draw the first function twice have a mean error of 1, those that
// draw the second twice have one of 3.
func ExampleStatistic_Above() {
	samples := metric.NewBootstrap(2, 1, rand.New(rand.NewPCG(1, 0)))
	mean := func(errors [2]float64) metric.Statistic {
		s, _ := samples.Pair(1, func(times []float64, _ int) (float64, float64) {
			return (times[0]*errors[0] + times[1]*errors[1]) / 2, 0
		})
		return s
	}
	v := mean([2]float64{1, 3}).Above(mean([2]float64{0, 0}))
	fmt.Printf("higher by %.0f (%.0f to %.0f)\n", v.Difference, v.Low, v.High)
	// Output: higher by 2 (1 to 3)
}

// A function with a call in every fifth minute is dense; it has 288 active
// minutes a day.
func ExampleRateClassOf() {
	counts := []int32{1, 0, 0, 0, 0}
	fmt.Println(metric.Dense(counts), metric.RateClassOf(counts))
	// Output: true 100 to 1,000
}
