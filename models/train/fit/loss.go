package fit

import (
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

// pinballWeight balances the quantiles of the count against activity.
const pinballWeight = 0.1

// loss adds the gradient of the loss of one readout, times scale, to grad and
// returns the mean cross-entropy of activity and the mean pinball loss:
//
//	L = mean_t BCE(p_t, active_t) + 0.1·mean_{k,q} ρ_q(y_k - v_{k,q})
//
// with ρ_q(d) = max(q·d, (q-1)·d) and y_k the log1p of the count at knot k less
// logMean, the window's feature.LogMean. grad and out have length
// forecast.Outputs. future holds the Horizons observed counts. Steps without data
// have no loss. The pinball loss is of active steps only: the first one from the
// knot on and before the next knot.
//
// Source: Koenker, Bassett, "Regression Quantiles", Econometrica 46(1), 1978.
func loss(grad, out []float32, future []int32, logMean, scale float32) (entropy, pinball float64) {
	// The mean is over known steps, so a gap in the data does not weaken an example.
	known := 0
	for _, c := range future[:feature.Horizons] {
		if c >= 0 {
			known++
		}
	}
	if known == 0 {
		return 0, 0
	}
	for t, c := range future[:feature.Horizons] {
		if c < 0 {
			continue
		}
		active := 0.0
		if c > 0 {
			active = 1
		}
		z := float64(out[t])
		// BCE on the logit z in the form that neither overflows nor loses digits for
		// large |z|: max(z, 0) - z·a + log(1 + exp(-|z|)). Its derivative is σ(z) -
		// a.
		entropy += (math.Max(z, 0) - z*active + math.Log1p(math.Exp(-math.Abs(z)))) / float64(known)
		grad[t] += scale * float32(1/(1+math.Exp(-z))-active) / float32(known)
	}
	return entropy, pinballLoss(grad[feature.Horizons:], out[feature.Horizons:], future, logMean, pinballWeight*scale)
}

// pinballLoss adds the gradient of the mean pinball loss, times scale, to grad and
// returns the loss. grad and out hold the quantiles, knot by knot.
func pinballLoss(grad, out []float32, future []int32, logMean, scale float32) float64 {
	ks, ls := forecast.Knots(), forecast.QuantileLevels()
	terms, sum := float64(len(ks)*len(ls)), 0.0
	for k, from := range ks {
		// Knots are horizons counted from 1; future is indexed from 0.
		to := feature.Horizons
		if k+1 < len(ks) {
			to = ks[k+1] - 1
		}
		count := firstActive(future[from-1 : to])
		// Without a call there is nothing to say about how many: the quantiles are
		// those of the count given activity.
		if count == 0 {
			continue
		}
		y := math.Log1p(float64(count)) - float64(logMean)
		for i, q := range ls {
			at := k*len(ls) + i
			// The derivative of ρ_q(y - v) by v: -q below the observed value, 1-q
			// above it.
			slope := -q
			d := y - float64(out[at])
			if d < 0 {
				slope = 1 - q
			}
			sum += math.Max(q*d, (q-1)*d) / terms
			grad[at] += scale * float32(slope/terms)
		}
	}
	return sum
}

// firstActive returns the first count above 0, 0 if there is none.
func firstActive(counts []int32) int32 {
	for _, c := range counts {
		if c > 0 {
			return c
		}
	}
	return 0
}
