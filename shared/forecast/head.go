package forecast

import (
	"math"

	"prewarm/shared/forecast/feature"
)

// Outputs is the length of the network's output: a logit of activity per
// horizon, then Levels per knot of log1p(count) above the window's level, for
// active steps.
const Outputs = feature.Horizons + knots*levels

const (
	knots  = 4
	levels = 5
)

// Knots returns the horizons at which the network states quantiles of the
// count; between them they are interpolated.
func Knots() [knots]int { return [knots]int{1, 5, 15, 60} }

// Levels returns the levels of those quantiles. They speak of active steps
// only: whether a step is active is the activity's part.
func Levels() [levels]float64 { return [levels]float64{0.1, 0.5, 0.9, 0.95, 0.99} }

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
	ks := Knots()
	k := 0
	for k < knots-2 && t > ks[k+1] {
		k++
	}
	from, to := math.Log(float64(ks[k])), math.Log(float64(ks[k+1]))
	share := (math.Log(float64(t)) - from) / (to - from)
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

// countQuantile returns the quantile q of the count in a step that is active
// with probability p:
//
//	P(count <= x) = (1-p) + p·F(x)
//
// with F the distribution given activity, so the answer is 0 where p < 1-q and
// F's quantile at (q-(1-p))/p elsewhere. given holds F at Levels; below the
// lowest level and above the highest it is constant.
func countQuantile(given [levels]float64, p, q float64) int32 {
	if p < 1-q || p <= 0 {
		return 0
	}
	level, ls := (q-(1-p))/p, Levels()
	v := given[levels-1]
	for i, l := range ls {
		if level <= l {
			v = given[i]
			if i > 0 {
				v = given[i-1] + (given[i]-given[i-1])*(level-ls[i-1])/(l-ls[i-1])
			}
			break
		}
	}
	return max(1, int32(math.Round(math.Expm1(v))))
}
