package main

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// smoothing is the weight of the newest value in the smoothed baselines.
const smoothing = 0.1

// season is the period of the seasonal naive forecast in steps.
const season = 60

// seasonalNaive repeats the last hour, and its cold starts.
func seasonalNaive(o origin, _ *forecast.Curves) statement {
	var s statement
	counts := o.window.Counts
	for t := range s.active {
		if at := len(counts) - season + t%season; at >= 0 && counts[at] > 0 {
			s.active[t] = 1
		}
	}
	s.cold = coldPerHour(counts, 1)
	return s
}

// exponentialSmoothing smooths the counts and takes calls as Poisson: p = 1 -
// exp(-rate).
//
// Source: Brown, "Statistical Forecasting for Inventory Control", 1959.
func exponentialSmoothing(o origin, _ *forecast.Curves) statement {
	rate := 0.0
	for _, c := range o.window.Counts {
		if c >= 0 {
			rate += smoothing * (float64(c) - rate)
		}
	}
	return flat(o, 1-math.Exp(-rate))
}

// croston smooths the gaps between calls, after each call; p is one over the
// gap.
//
// Source: Croston, "Forecasting and Stock Control for Intermittent Demands",
// Operational Research Quarterly 23(3), 1972.
func croston(o origin, _ *forecast.Curves) statement {
	gap, since := 0.0, 0.0
	for _, c := range o.window.Counts {
		if since++; c > 0 {
			if gap == 0 {
				gap = since
			}
			gap += smoothing * (since - gap)
			since = 0
		}
	}
	if gap == 0 {
		return flat(o, 0)
	}
	return flat(o, 1/gap)
}

// tsb smooths activity itself, at every step, so that it fades in silence.
//
// Source: Teunter, Syntetos, Babai, "Intermittent demand", European Journal of
// Operational Research 214(3), 2011.
func tsb(o origin, _ *forecast.Curves) statement {
	p := 0.0
	for _, c := range o.window.Counts {
		if c >= 0 {
			p += smoothing * (outcome(c > 0) - p)
		}
	}
	return flat(o, p)
}

// flat states one probability for all horizons, and the cold starts per hour
// of the last hours.
func flat(o origin, p float64) statement {
	var s statement
	fill(&s, float32(min(max(p, 0), 1)))
	s.cold = coldPerHour(o.window.Counts, 2.75)
	return s
}

const (
	ridgeLags   = 20  // steps that the regression looks back
	ridgeWeight = 1.0 // of the penalty
)

// ridge regresses activity at each horizon on that of the last steps, over the
// function's own last three hours.
func ridge(o origin, _ *forecast.Curves) statement {
	counts := o.window.Tail(feature.Steps).Counts
	n := len(counts) - ridgeLags - feature.Horizons
	if n < ridgeLags {
		return movingAverage(o, nil)
	}
	x, y := mat.NewDense(n, ridgeLags+1, nil), mat.NewDense(n, feature.Horizons, nil)
	for i := range n {
		x.SetRow(i, lags(counts[:i+ridgeLags]))
		for t := range feature.Horizons {
			y.Set(i, t, outcome(counts[i+ridgeLags+t] > 0))
		}
	}
	var gram mat.SymDense
	var right, weights, p mat.Dense
	gram.SymOuterK(1, x.T())
	for i := range ridgeLags {
		gram.SetSym(i, i, gram.At(i, i)+ridgeWeight)
	}
	gram.SetSym(ridgeLags, ridgeLags, gram.At(ridgeLags, ridgeLags)+1e-6)
	right.Mul(x.T(), y)
	var chol mat.Cholesky
	if !chol.Factorize(&gram) || chol.SolveTo(&weights, &right) != nil {
		return movingAverage(o, nil)
	}
	p.Mul(mat.NewDense(1, ridgeLags+1, lags(counts)), &weights)
	var s statement
	for t := range s.active {
		s.active[t] = float32(min(max(p.At(0, t), 0), 1))
	}
	s.cold = forecast.ExpectedCold(s.active[:], counts)
	return s
}

// lags returns the activity of the last steps of counts, and a one.
func lags(counts []int32) []float64 {
	row := make([]float64, ridgeLags+1)
	for i, c := range counts[len(counts)-ridgeLags:] {
		row[i] = outcome(c > 0)
	}
	row[ridgeLags] = 1
	return row
}
