package rival

import (
	"slices"

	"gonum.org/v1/gonum/floats"
)

// arOrder is the number of lags of both autoregressions.
const arOrder = 10

// arTerms is the number of their coefficients: a constant and one for each lag.
const arTerms = 1 + arOrder

// autoregression is an autoregression of order 10 with a constant, by least squares on each
// window anew.
//
// Source: AutoReg of statsmodels, with which the released code fits it.
type autoregression struct {
	stateless
	equations *normal   // scratch
	scaled    []float64 // scratch
}

func (a *autoregression) forecast(window []float64, _ bool) float64 {
	if a.equations == nil {
		a.equations = newNormal(arTerms)
	}
	a.equations.reset()
	scaled, scale := scaledBy(a.scaled, window)
	a.scaled = scaled
	var row [arTerms]float64
	for t := arOrder; t < len(scaled); t++ {
		a.equations.add(lags(row[:], scaled, t), scaled[t], 1)
	}
	a.equations.solve()
	return scale * floats.Dot(a.equations.beta, lags(row[:], scaled, len(scaled)))
}

// scaledBy returns the window over its largest value, so that the ridge is small against it
// whatever the unit is, and that value. A window of zeros is divided by 1. The result is in
// dst if that is large enough.
func scaledBy(dst, window []float64) (scaled []float64, scale float64) {
	scale = slices.Max(window)
	if scale <= 0 {
		scale = 1
	}
	scaled = append(dst[:0], window...)
	floats.Scale(1/scale, scaled)
	return scaled, scale
}

// lags sets row to 1 and the values before x[t], the nearest first.
func lags(row, x []float64, t int) []float64 {
	row[0] = 1
	for i := 1; i < len(row); i++ {
		row[i] = x[t-i]
	}
	return row
}
