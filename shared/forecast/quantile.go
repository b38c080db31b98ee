package forecast

import (
	"math"

	"prewarm/shared/forecast/feature"
)

// Outputs is the length of the network's output: a logit of a call per horizon,
// then, for each knot, the quantiles of log1p(count) less the window's
// feature.LogMean, given that the step is active.
const Outputs = feature.Horizons + knots*levels

const (
	knots  = 4
	levels = 5
)

// Knots returns the horizons at which the network predicts quantiles of the count.
// Between them the quantiles are interpolated.
func Knots() [knots]int { return [knots]int{1, 5, 15, 60} }

// QuantileLevels returns the probabilities that those quantiles belong to. They
// are of active steps only; the logits tell whether a step is active.
func QuantileLevels() [levels]float64 { return [levels]float64{0.1, 0.5, 0.9, 0.95, 0.99} }

// The indices in QuantileLevels of the quantiles that the need's forest reads.
const (
	median = 1
	q95    = 3
)

// activityTo writes the logistic function of the first logits of out to p.
func activityTo(p []float32, out []float32) {
	for i := range p {
		p[i] = float32(1 / (1 + math.Exp(-float64(out[i]))))
	}
}

// quantilesAt returns log1p of the count's quantiles at horizon t given that the
// step is active. They are interpolated between the knots over log t. A quantile
// below that of a lower level is raised to it, and an active step has at least one
// call.
func quantilesAt(out []float32, logMean float32, t int) (q [levels]float64) {
	k, share := between(t)
	low, high := out[feature.Horizons+k*levels:], out[feature.Horizons+(k+1)*levels:]
	floor := math.Ln2
	for i := range q {
		v := float64(logMean) + (1-share)*float64(low[i]) + share*float64(high[i])
		floor = min(max(floor, v), maxLogCount)
		q[i] = floor
	}
	return q
}

// maxLogCount keeps counts within int32.
const maxLogCount = 21

// between returns the knot at or before horizon t, and the place of t between it
// and the next knot over log t, 0 to 1.
func between(t int) (k int, share float64) {
	ks := Knots()
	for k < knots-2 && t > ks[k+1] {
		k++
	}
	from, to := math.Log(float64(ks[k])), math.Log(float64(ks[k+1]))
	return k, (math.Log(float64(t)) - from) / (to - from)
}
