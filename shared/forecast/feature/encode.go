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

// The network reads the last Fine steps one by one and the older ones in
// chunks: Segments vectors in all.
const (
	Fine     = 30
	Chunk    = 5
	Segments = Fine + (Steps-Fine)/Chunk
)

// Inputs is the length of the vector that Encode writes per slot.
const Inputs = 10

// Phase returns the place of the step that begins at the Unix second start on
// the clock of PhaseSteps.
func Phase(start int64, stepSeconds int) int {
	return int(start / int64(stepSeconds) % PhaseSteps)
}

// SegmentEnd returns the number of the last Steps steps that slot and those before
// it cover.
func SegmentEnd(slot int) int {
	const coarse = Segments - Fine
	if slot < coarse {
		return (slot + 1) * Chunk
	}
	return coarse*Chunk + slot - coarse + 1
}

// Encode writes the network's input for the last Steps of counts to dst, which
// takes Segments×Inputs, and returns it. phase is the Phase of the first of the
// counts. Per slot, at the end of its steps, with counts of series.NoData and
// steps before the first count as missing:
//
//	0  log1p(mean count)/4 over the known steps
//	1  share of known steps with a call
//	2  log1p(steps since the last call, or since the first step)/5
//	3  1 once there was a call
//	4  sin, 5 cos of the phase
//	6  share of missing steps
//	7  log1p(last gap between calls)/5, 0 before the second call
//	8  steps since the last call by the last gap, at most 2, halved
//	9  1 for a chunk, 0 for a single step
func Encode(dst []float32, counts []int32, phase int) []float32 {
	dst = dst[:Segments*Inputs]
	phase += len(counts) - Steps // of the first of the last Steps
	counts = counts[max(0, len(counts)-Steps):]
	before := Steps - len(counts)
	var e encoder
	from := 0
	for slot := range Segments {
		to := SegmentEnd(slot)
		e.sum, e.active, e.known = 0, 0, 0
		for i := from; i < to; i++ {
			if i >= before {
				e.take(counts[i-before])
			}
		}
		x := dst[slot*Inputs : (slot+1)*Inputs]
		e.write(x, to-from)
		sin, cos := clock(phase + to - 1)
		x[4], x[5] = sin, cos
		from = to
	}
	return dst
}

// encoder is the state of Encode between steps.
type encoder struct {
	since, gap         int // steps since the last call, and the last gap
	seen               bool
	sum, active, known float32 // of the present slot
}

func (e *encoder) take(count int32) {
	e.since++
	if count == series.NoData {
		return
	}
	e.known++
	if count == 0 {
		return
	}
	e.active++
	e.sum += float32(count)
	if e.seen {
		e.gap = e.since
	}
	e.since, e.seen = 0, true
}

// write writes all inputs of a slot of so many steps but the clock.
func (e *encoder) write(x []float32, steps int) {
	clear(x)
	if e.active > 0 {
		x[0], x[1] = float32(math.Log1p(float64(e.sum/e.known)))/4, e.active/e.known
	}
	x[2] = float32(log1p(int32(e.since))) / 5
	if e.seen {
		x[3] = 1
	}
	x[6] = 1 - e.known/float32(steps)
	if e.gap > 0 {
		x[7], x[8] = float32(log1p(int32(e.gap)))/5, min(float32(e.since)/float32(e.gap), 2)/2
	}
	if steps > 1 {
		x[9] = 1
	}
}

// clock returns sine and cosine of a phase, which may lie before 0.
func clock(phase int) (sin, cos float32) {
	s, c := math.Sincos(2 * math.Pi * float64(phase%PhaseSteps) / PhaseSteps)
	return float32(s), float32(c)
}

// logarithms holds log1p of small numbers, as most counts and gaps are:
// math.Log1p took a twentieth of a forecast. It is never written after it is made.
var logarithms = newLogarithms()

func newLogarithms() (table [256]float64) {
	for i := range table {
		table[i] = math.Log1p(float64(i))
	}
	return table
}

// log1p is math.Log1p of a count or of a number of steps.
func log1p(v int32) float64 {
	if v >= 0 && int(v) < len(logarithms) {
		return logarithms[v]
	}
	return math.Log1p(float64(v))
}

// levelCalls is the number of recent active steps that LogMean averages.
const levelCalls = 10

// LogMean returns log1p of the mean count over the last active steps of counts,
// at most ten, and log 2 where there was no call: what quantiles of the count
// are relative to.
func LogMean(counts []int32) float32 {
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
