package hourly

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/series"
)

// Region is the scores on one region's series.
type Region struct {
	Name string      `json:"name"`
	N    int         `json:"hours"`
	Rows []RegionRow `json:"methods"`
}

// RegionRow is what one method scored on a region.
type RegionRow struct {
	Name     string  `json:"name"`
	RMSE     float64 `json:"rmse"`
	R2       float64 `json:"r2"`
	Relative float64 `json:"relative_error"` // mean of |said - came|/max(1, came)
}

// regionMethod states the next hour from those before it.
type regionMethod struct {
	name  string
	state func(past []int32) float64
}

// warmUp is the number of hours before the first origin of a region: two days,
// so that a day ago is known to all from some time on.
const warmUp = 48

func regionMethods() []regionMethod {
	return []regionMethod{
		{"last value", func(past []int32) float64 { return meanOf(past[len(past)-1:]) }},
		{"moving average, 3 h", func(past []int32) float64 { return meanOf(past[len(past)-3:]) }},
		{"seasonal naive, 24 h", func(past []int32) float64 { return meanOf(past[len(past)-24:][:1]) }},
		{"exponential smoothing", smoothed},
		{"ridge on own lags", ridge},
	}
}

// ScoreRegion scores a model and the baselines on the hours of one region, from
// an origin each hour. Baselines see all hours before it.
func ScoreRegion(p *hourly.Predictor, name string, hours []int32) (Region, error) {
	methods := regionMethods()
	errors, relative := make([]metric.Errors, len(methods)+2), make([]float64, len(methods)+2)
	add := func(i int, said, came float64) {
		errors[i].Add(said, came)
		relative[i] += math.Abs(said-came) / max(1, came)
	}
	for at := warmUp; at < len(hours); at++ {
		past := hours[max(0, at-series.MaxSteps):at:at]
		if hours[at] == series.NoData || past[len(past)-1] == series.NoData {
			continue
		}
		e, err := p.Series(series.Window{StepSeconds: 3600, Counts: past})
		if err != nil {
			return Region{}, fmt.Errorf("region %s, hour %d: %w", name, at, err)
		}
		came := float64(hours[at])
		for i, m := range methods {
			add(i, m.state(past), came)
		}
		add(len(methods), e.Plain, came)
		add(len(methods)+1, e.Adapted, came)
	}
	r := Region{Name: name, N: int(errors[0].N)}
	for i, name := range append(regionNames(methods), Plain, Adapted) {
		r.Rows = append(r.Rows, RegionRow{name, errors[i].RMSE(), errors[i].R2(), relative[i] / max(1, float64(r.N))})
	}
	return r, nil
}

func regionNames(methods []regionMethod) (names []string) {
	for _, m := range methods {
		names = append(names, m.name)
	}
	return names
}

// meanOf returns the mean of the known counts, 0 where there is none.
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

func smoothed(past []int32) float64 {
	level := -1.0
	for _, c := range past {
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

// regionLags are the hours ago that the ridge regression looks at.
func regionLags() []int { return []int{1, 2, 3, 6, 24} }

// ridge regresses an hour on earlier ones, all by their mean, over the region's
// own past.
func ridge(past []int32) float64 {
	mean, lags := max(1, meanOf(past)), regionLags()
	n := len(lags) + 1
	row := func(at int) *mat.VecDense {
		v := mat.NewVecDense(n, nil)
		for i, lag := range lags {
			v.SetVec(i, float64(max(0, past[at-lag]))/mean-1)
		}
		v.SetVec(n-1, 1)
		return v
	}
	gram, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		gram.SetSym(i, i, 0.1)
	}
	for at := lags[len(lags)-1]; at < len(past); at++ {
		x := row(at)
		gram.SymRankOne(gram, 1, x)
		right.AddScaledVec(right, float64(max(0, past[at]))/mean-1, x)
	}
	var chol mat.Cholesky
	var weights mat.VecDense
	if !chol.Factorize(gram) || chol.SolveVecTo(&weights, right) != nil {
		return mean
	}
	return max(0, mean*(1+mat.Dot(row(len(past)), &weights)))
}
