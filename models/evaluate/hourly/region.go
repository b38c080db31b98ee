package hourly

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/series"
)

// RegionScores are the scores on the series of one region.
type RegionScores struct {
	Name    string        `json:"name"`
	N       int           `json:"hours"`
	Methods []RegionScore `json:"methods"`
}

// RegionScore is the score of one method on one region.
type RegionScore struct {
	Name     string  `json:"name"`
	RMSE     float64 `json:"rmse"`
	R2       float64 `json:"r2"`
	Relative float64 `json:"relative_error"` // mean of |predicted - observed|/max(1, observed)
}

// regionBaseline predicts the next hour from the hours before it.
type regionBaseline struct {
	name    string
	predict func(history []int32) float64
}

// warmUp is the number of hours before the first origin of a region. After two
// days the 24 hours that the seasonal naive needs are known, and the ridge has a
// day of rows.
const warmUp = 48

// regionBaselines returns the baselines in the order of the tables. Each may read at
// least warmUp hours of history.
func regionBaselines() []regionBaseline {
	return []regionBaseline{
		{"last value", func(history []int32) float64 { return meanOf(history[len(history)-1:]) }},
		{"moving average, 3 h", func(history []int32) float64 { return meanOf(history[len(history)-3:]) }},
		{"seasonal naive, 24 h", func(history []int32) float64 { return meanOf(history[len(history)-24:][:1]) }},
		{"exponential smoothing", exponentialSmoothing},
		{"ridge on own lags", ridge},
	}
}

// ScoreRegion scores a model and the baselines on the hours of one region, with an
// origin each hour after warmUp. The baselines see up to series.MaxSteps hours
// before it. Unknown hours, and hours after an unknown one, are left out.
func ScoreRegion(p *hourly.Predictor, name string, hours []int32) (RegionScores, error) {
	var names []string
	for _, b := range regionBaselines() {
		names = append(names, b.name)
	}
	names = append(names, Plain, Adapted)
	sums, relative := make([]metric.ErrorSums, len(names)), make([]float64, len(names))
	for at := warmUp; at < len(hours); at++ {
		// The capacity ends at the hour to predict: no method can reslice into the
		// future.
		history := hours[max(0, at-series.MaxSteps):at:at]
		// The last value has no forecast after an unknown hour. The hour is left out
		// for all methods alike.
		if hours[at] == series.NoData || history[len(history)-1] == series.NoData {
			continue
		}
		predicted, err := predictRegion(p, history)
		if err != nil {
			return RegionScores{}, fmt.Errorf("region %s, hour %d: %w", name, at, err)
		}
		observed := float64(hours[at])
		for i, v := range predicted {
			sums[i].Add(v, observed)
			// The bound of 1 keeps hours without a cold start in the mean.
			relative[i] += math.Abs(v-observed) / max(1, observed)
		}
	}
	r := RegionScores{Name: name, N: int(sums[0].N)}
	for i, a := range sums {
		accuracy := a.Accuracy()
		r.Methods = append(r.Methods, RegionScore{names[i], accuracy.RMSE, accuracy.R2, relative[i] / max(1, a.N)})
	}
	return r, nil
}

// predictRegion returns the predictions of the baselines, of the network as
// trained and of the adapted network, in this order.
func predictRegion(p *hourly.Predictor, history []int32) ([]float64, error) {
	var predicted []float64
	for _, b := range regionBaselines() {
		predicted = append(predicted, b.predict(history))
	}
	e, err := p.Series(series.Window{StepSeconds: 3600, Counts: history})
	return append(predicted, e.Plain, e.Adapted), err
}

// meanOf returns the mean of the known counts, 0 if there is none.
func meanOf(counts []int32) float64 {
	sum, n := 0.0, 0.0
	for _, c := range counts {
		if c != series.NoData {
			sum, n = sum+float64(c), n+1
		}
	}
	return sum / max(1, n)
}

// smoothing is the weight of the newest hour in exponential smoothing.
const smoothing = 0.5

// exponentialSmoothing smooths the known hours, beginning at the first of them.
func exponentialSmoothing(history []int32) float64 {
	level := -1.0 // below 0 before the first known hour
	for _, c := range history {
		switch {
		case c == series.NoData:
		case level < 0:
			level = float64(c)
		default:
			level += smoothing * (float64(c) - level)
		}
	}
	return max(0, level)
}

// ridgePenalty is the penalty on the square of each weight of the regression.
const ridgePenalty = 0.1

// regionLags returns the hours ago that the ridge regression reads: the last three,
// and those a quarter of a day and a day before, for the swing of the day.
func regionLags() []int { return []int{1, 2, 3, 6, 24} }

// ridge regresses an hour on the hours of regionLags before it, over the region's
// own history. All hours are relative to their mean m, as v/m - 1, so that the
// penalty is the same for large and small regions.
func ridge(history []int32) float64 {
	mean, lags := max(1, meanOf(history)), regionLags()
	n := len(lags) + 1
	row := func(at int) *mat.VecDense {
		v := mat.NewVecDense(n, nil)
		for i, lag := range lags {
			// Unknown hours (-1) count as 0 here: leaving them out would leave gaps
			// in the lags.
			v.SetVec(i, float64(max(0, history[at-lag]))/mean-1)
		}
		v.SetVec(n-1, 1) // intercept
		return v
	}
	gram, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		// The penalty makes the matrix positive definite, so the factorisation fails
		// only on values that are not finite.
		gram.SetSym(i, i, ridgePenalty)
	}
	// Normal equations, summed row by row: gram = Σ x·xᵀ + penalty, right = Σ x·y.
	for at := lags[len(lags)-1]; at < len(history); at++ {
		x := row(at)
		gram.SymRankOne(gram, 1, x)
		right.AddScaledVec(right, float64(max(0, history[at]))/mean-1, x)
	}
	var chol mat.Cholesky
	var weights mat.VecDense
	if !chol.Factorize(gram) || chol.SolveVecTo(&weights, right) != nil {
		return mean
	}
	return max(0, mean*(1+mat.Dot(row(len(history)), &weights)))
}
