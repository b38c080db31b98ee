package metric

import (
	"math"

	"prewarm/shared/event"
)

// Errors are the sums that the scores of forecast numbers are made of. Sums of
// several functions add up.
type Errors struct{ N, Squares, Came, CameSquares, Near float64 }

// Add takes a forecast and what came.
func (e *Errors) Add(said, came float64) {
	d := said - came
	near := 0.0
	if math.Abs(d) <= 0.5 {
		near = 1
	}
	e.Join(Errors{1, d * d, came, came * came, near}, 1)
}

// Join adds o, as often as times says.
func (e *Errors) Join(o Errors, times float64) {
	e.N += times * o.N
	e.Squares += times * o.Squares
	e.Came += times * o.Came
	e.CameSquares += times * o.CameSquares
	e.Near += times * o.Near
}

// RMSE returns the root mean squared error.
func (e Errors) RMSE() float64 { return math.Sqrt(e.Squares / max(e.N, 1)) }

// R2 returns the share of variance explained, 1 - squared error/variance of
// what came, and 0 where that does not vary.
func (e Errors) R2() float64 {
	variance := e.CameSquares - e.Came*e.Came/max(e.N, 1)
	if variance < 1e-9 {
		return 0
	}
	return 1 - e.Squares/variance
}

// Within returns the share of forecasts within 0.5 of what came.
func (e Errors) Within() float64 { return e.Near / max(e.N, 1) }

// levels is the number of quantiles of a forecast of the need.
const levels = len(event.Quantiles)

// Losses are the sums that the scores of forecast quantiles are made of.
type Losses struct {
	N, CRPS float64
	Pinball [levels]float64
}

// Add takes the quantiles at event.Quantiles and what came. Pinball loss at
// level q and continuous ranked probability score are
//
//	ρ_q(d) = max(q·d, (q-1)·d),  d = came - quantile
//	CRPS = 2·∫₀¹ ρ_u(came - Q(u)) du
//
// with Q(u) the quantile whose level is nearest to u: the exact score of the
// distribution that has the mass between the middles of the levels, 0.7, 0.225,
// 0.045 and 0.03, on the quantiles.
//
// Source: Laio, Tamea, "Verification tools for probabilistic forecasts of
// continuous hydrological variables", Hydrology and Earth System Sciences 11,
// 2007.
func (l *Losses) Add(quantiles [levels]float64, came float64) {
	l.N++
	from := 0.0
	for i, q := range event.Quantiles {
		d := came - quantiles[i]
		l.Pinball[i] += max(q*d, (q-1)*d)
		to := 1.0
		if i+1 < levels {
			to = (q + event.Quantiles[i+1]) / 2
		}
		if d >= 0 {
			l.CRPS += d * (to*to - from*from)
		} else {
			l.CRPS -= d * ((1-from)*(1-from) - (1-to)*(1-to))
		}
		from = to
	}
}

// Join adds o.
func (l *Losses) Join(o Losses) {
	l.N += o.N
	l.CRPS += o.CRPS
	for i, v := range o.Pinball {
		l.Pinball[i] += v
	}
}

// Mean returns the mean pinball loss at each level, and the mean CRPS.
func (l Losses) Mean() (pinball [levels]float64, crps float64) {
	for i, v := range l.Pinball {
		pinball[i] = v / max(l.N, 1)
	}
	return pinball, l.CRPS / max(l.N, 1)
}
