package feature

import (
	"math"

	"prewarm/shared/series"
)

// Encode writes the network's input for the last Steps of counts to dst, which
// takes Segments×Inputs, and returns it. phase is the Phase of the first count.
// Steps before the first count are as steps without data. The inputs of a
// segment, as of its end:
//
//	0  log1p(mean count)/4 over the known steps
//	1  share of known steps with a call
//	2  log1p(steps since the last call, or since the first step)/5
//	3  1 once there was a call
//	4  sin, 5 cos of the phase
//	6  share of steps without data
//	7  log1p(last gap between calls)/5, 0 before the second call
//	8  steps since the last call by the last gap, at most 2, halved
//	9  1 for a chunk, 0 for a single step
//
// The divisors bring the inputs to a size of about 1.
func Encode(dst []float32, counts []int32, phase int) []float32 {
	dst = dst[:Segments*Inputs]
	phase += len(counts) - Steps // of the first of the last Steps
	counts = counts[max(0, len(counts)-Steps):]
	before := Steps - len(counts) // steps before the first count
	var e encoder
	from := 0
	for segment := range Segments {
		to := SegmentEnd(segment)
		e.sum, e.active, e.known = 0, 0, 0
		for i := max(from, before); i < to; i++ {
			e.add(counts[i-before])
		}
		x := dst[segment*Inputs : (segment+1)*Inputs]
		e.write(x, to-from)
		x[4], x[5] = clock(phase + to - 1)
		from = to
	}
	return dst
}

// encoder is the state of Encode between steps.
type encoder struct {
	since, gap         int // steps since the last call or the first step, and the last gap
	called             bool
	sum, active, known float32 // of the present segment
}

// add takes in the next step.
func (e *encoder) add(count int32) {
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
	if e.called {
		e.gap = e.since
	}
	e.since, e.called = 0, true
}

// write writes all inputs of a segment of the given number of steps but the
// clock.
func (e *encoder) write(x []float32, steps int) {
	clear(x)
	if e.active > 0 {
		x[0], x[1] = float32(math.Log1p(float64(e.sum/e.known)))/4, e.active/e.known
	}
	x[2] = float32(log1p(int32(e.since))) / 5
	if e.called {
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

// clock returns sine and cosine of a phase, which may be below 0.
func clock(phase int) (sin, cos float32) {
	s, c := math.Sincos(2 * math.Pi * float64(phase%PhaseSteps) / PhaseSteps)
	return float32(s), float32(c)
}
