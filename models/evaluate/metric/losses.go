package metric

import "prewarm/shared/event"

// levels is the number of quantiles in a forecast of the need.
const levels = len(event.Quantiles)

// LossSums are the sums of the losses of predicted quantiles. The zero value is
// the sum of nothing.
type LossSums struct {
	N, CRPS float64
	Pinball [levels]float64 // at each of event.Quantiles
}

// Add adds the predicted quantiles at event.Quantiles and the observed number.
// Pinball loss at level q and continuous ranked probability score are
//
//	ρ_q(d) = max(q·d, (q-1)·d),  d = observed - quantile
//	CRPS = 2·∫₀¹ ρ_u(observed - Q(u)) du
//
// Q(u) is the quantile whose level is nearest to u. So this is the exact CRPS of
// the distribution that has the mass between the middles of the levels on each
// quantile: 0.7, 0.225, 0.045 and 0.03 for the levels 0.5, 0.9, 0.95 and 0.99.
//
// Source: Laio, Tamea, "Verification tools for probabilistic forecasts of
// continuous hydrological variables", Hydrology and Earth System Sciences 11,
// 2007.
func (l *LossSums) Add(quantiles [levels]float64, observed float64) {
	l.N++
	from := 0.0
	for i, q := range event.Quantiles {
		d := observed - quantiles[i]
		l.Pinball[i] += max(q*d, (q-1)*d)
		to := 1.0
		if i+1 < levels {
			to = (q + event.Quantiles[i+1]) / 2
		}
		// 2·∫ρ_u(d) du from..to: ρ_u(d) is u·d for d ≥ 0 and (u-1)·d below.
		if d >= 0 {
			l.CRPS += d * (to*to - from*from)
		} else {
			l.CRPS -= d * ((1-from)*(1-from) - (1-to)*(1-to))
		}
		from = to
	}
}

// Join adds the sums of o.
func (l *LossSums) Join(o LossSums) {
	l.N += o.N
	l.CRPS += o.CRPS
	for i, v := range o.Pinball {
		l.Pinball[i] += v
	}
}

// Mean returns the mean pinball loss at each level and the mean CRPS, 0 of no
// prediction.
func (l LossSums) Mean() (pinball [levels]float64, crps float64) {
	for i, v := range l.Pinball {
		pinball[i] = v / max(l.N, 1)
	}
	return pinball, l.CRPS / max(l.N, 1)
}
