// Package feature turns the past of a function into the numbers that the
// models see. Every function here is pure and looks at the window alone, so
// what lies at or after the origin of a forecast cannot leak into it.
package feature

import (
	"math"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Steps is the longest past that the models look at; what is older is left
// out.
const Steps = 180

// Horizons is the number of steps ahead that are forecast.
const Horizons = event.Horizons

// PhaseSteps is the length in steps of the clock that the models see: with
// steps of one minute, the minute of the hour.
const PhaseSteps = 60

// Inputs is the length of the vector that Encode writes per step.
const Inputs = 9

// Phase returns the place of the step that begins at the Unix second start on
// the clock of PhaseSteps.
func Phase(start int64, stepSeconds int) int {
	return int(start / int64(stepSeconds) % PhaseSteps)
}

// Encode writes the network's input for every step of counts to dst, which
// takes len(counts)×Inputs, and returns it. phase is the Phase of the first
// step. Per step, with counts of series.NoData as missing:
//
//	0  log1p(count)/4
//	1  1 if called
//	2  log1p(steps since the last call, or since the first step)/5
//	3  1 once there was a call
//	4  sin, 5 cos of the phase
//	6  1 if missing
//	7  log1p(last gap between calls)/5, 0 before the second call
//	8  steps since the last call by the last gap, at most 2, halved
func Encode(dst []float32, counts []int32, phase int) []float32 {
	dst = dst[:len(counts)*Inputs]
	since, gap, seen := 0, 0, false
	for i, c := range counts {
		since++
		if c > 0 {
			if seen {
				gap = since
			}
			since, seen = 0, true
		}
		encodeStep(dst[i*Inputs:(i+1)*Inputs], c, since, gap, seen)
		angle := 2 * math.Pi * float64((phase+i)%PhaseSteps) / PhaseSteps
		dst[i*Inputs+4], dst[i*Inputs+5] = float32(math.Sin(angle)), float32(math.Cos(angle))
	}
	return dst
}

func encodeStep(x []float32, count int32, since, gap int, seen bool) {
	clear(x)
	if count > 0 {
		x[0], x[1] = log1p(count)/4, 1
	}
	x[2] = log1p(int32(since)) / 5
	if seen {
		x[3] = 1
	}
	if count == series.NoData {
		x[6] = 1
	}
	if gap > 0 {
		x[7], x[8] = log1p(int32(gap))/5, min(float32(since)/float32(gap), 2)/2
	}
}

func log1p(v int32) float32 { return float32(math.Log1p(float64(v))) }

// levelCalls is the number of recent active steps that Level averages.
const levelCalls = 10

// Level returns log1p of the mean count over the last active steps of counts,
// at most ten, and log 2 where there was no call: what quantiles of the count
// are relative to.
func Level(counts []int32) float32 {
	sum, n := 0.0, 0
	for i := len(counts) - 1; i >= 0 && n < levelCalls; i-- {
		if counts[i] > 0 {
			sum += float64(counts[i])
			n++
		}
	}
	if n == 0 {
		return math.Ln2
	}
	return float32(math.Log1p(sum / float64(n)))
}
