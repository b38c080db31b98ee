package forecast

import (
	"math"

	"prewarm/shared/forecast/feature"
)

// Outputs is the length of the network's output: a logit of activity per
// horizon, then QuantileLevels per knot of log1p(count) above the window's level, for
// active steps.
const Outputs = feature.Horizons + knots*levels

const (
	knots  = 4
	levels = 5
)

// Knots returns the horizons at which the network states quantiles of the
// count; between them they are interpolated.
func Knots() [knots]int { return [knots]int{1, 5, 15, 60} }

// QuantileLevels returns the levels of those quantiles. They speak of active steps
// only: whether a step is active is the activity's part.
func QuantileLevels() [levels]float64 { return [levels]float64{0.1, 0.5, 0.9, 0.95, 0.99} }

// activityTo writes the logistic function of the first logits of out to p.
func activityTo(p []float32, out []float32) {
	for i := range p {
		p[i] = float32(1 / (1 + math.Exp(-float64(out[i]))))
	}
}

// quantilesAt returns log1p of the count's quantiles at horizon t given that
// the step is active: interpolated between the knots over log t, raised where
// a level would lie below a lower one, and at least one call.
func quantilesAt(out []float32, level float32, t int) [levels]float64 {
	k, share := between(t)
	low, high := out[feature.Horizons+k*levels:], out[feature.Horizons+(k+1)*levels:]
	var q [levels]float64
	floor := math.Ln2
	for i := range q {
		v := float64(level) + (1-share)*float64(low[i]) + share*float64(high[i])
		floor = min(max(floor, v), maxLogCount)
		q[i] = floor
	}
	return q
}

// maxLogCount keeps counts within int32.
const maxLogCount = 21
