package method

import (
	"gonum.org/v1/gonum/mat"

	"prewarm/models/evaluate/metric"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

const (
	ridgeLags    = 20   // steps that the regression looks back
	ridgePenalty = 1.0  // on the squares of the weights of the lags
	ridgeJitter  = 1e-6 // on that of the intercept, which keeps the system solvable
)

// ridge regresses the activity at each horizon on that of the last ridgeLags
// steps, over the function's own last three hours. It is the linear counterpart
// of the LSTM: the same window, no other function.
func ridge(w *event.FunctionWindow) Forecast {
	counts := w.Tail(feature.Steps).Counts
	n := len(counts) - ridgeLags - feature.Horizons
	if n < ridgeLags { // fewer rows than weights
		return movingAverage(w)
	}
	x, y := mat.NewDense(n, ridgeLags+1, nil), mat.NewDense(n, feature.Horizons, nil)
	for i := range n {
		// Row i ends where its targets begin. All targets lie within the window, so
		// nothing of the future is learned from.
		x.SetRow(i, lags(counts[:i+ridgeLags]))
		for t := range feature.Horizons {
			y.Set(i, t, metric.Indicator(counts[i+ridgeLags+t] > 0))
		}
	}
	p, ok := regress(x, y, lags(counts))
	if !ok {
		return movingAverage(w)
	}
	f := Forecast{activeNeeds: activeNeeds(w)}
	for t := range f.Active {
		// A linear regression may leave 0 to 1.
		f.Active[t] = float32(min(max(p.At(0, t), 0), 1))
	}
	f.Cold = forecast.ExpectedCold(f.Active[:], counts)
	return f
}

// regress returns the prediction now·W, a row with one column per column of y,
// with the weights
//
//	W = (xᵀx + D)⁻¹·xᵀy
//
// and the penalties D on the diagonal. The last column of x is the intercept. ok
// is false if the system cannot be solved.
func regress(x, y *mat.Dense, now []float64) (prediction *mat.Dense, ok bool) {
	var gram mat.SymDense
	var right, weights, p mat.Dense
	gram.SymOuterK(1, x.T())
	for i := range ridgeLags {
		gram.SetSym(i, i, gram.At(i, i)+ridgePenalty)
	}
	gram.SetSym(ridgeLags, ridgeLags, gram.At(ridgeLags, ridgeLags)+ridgeJitter)
	right.Mul(x.T(), y)
	var chol mat.Cholesky
	if !chol.Factorize(&gram) || chol.SolveTo(&weights, &right) != nil {
		return nil, false
	}
	p.Mul(mat.NewDense(1, ridgeLags+1, now), &weights)
	return &p, true
}

// lags returns the activity of the last ridgeLags steps, and 1 for the intercept.
func lags(counts []int32) []float64 {
	row := make([]float64, 0, ridgeLags+1)
	for _, c := range counts[len(counts)-ridgeLags:] {
		row = append(row, metric.Indicator(c > 0))
	}
	return append(row, 1)
}
