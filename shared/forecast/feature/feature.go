// Package feature turns the history of a function into the numbers that the
// models read:
//
//   - Encode gives the vectors that the LSTM reads one after the other,
//   - History gives the rows of the refiner, about when calls came: gaps, periods,
//     contexts, paces; and the renewal probabilities, with the gaps of many
//     functions pooled by KaplanMeier,
//   - DenseRows gives what the dense network reads: the same rows, and the last
//     counts,
//   - Volume gives the rows of the need's forest, about how many calls came.
//
// A history is the counts of the steps before the origin, oldest first, with
// series.NoData where a count is not known. Horizon t is the t-th step after the
// history, from 1. Every function looks at the counts that it is given alone, so
// that nothing at or after the origin can leak into a forecast.
//
// Lengths are in steps and tuned to steps of one minute. Histories are read up
// to MaxHistory steps back; a longer period than that is not seen.
package feature

import "prewarm/shared/event"

// Steps is the number of last steps that the network reads.
const Steps = 180

// Horizons is the number of steps after the origin that are forecast.
const Horizons = event.Horizons

// PhaseSteps is the length in steps of the clock that the models read: with
// steps of one minute, the minute of the hour.
const PhaseSteps = 60

// The network reads one vector per segment: the last Fine steps are segments by
// themselves, older steps are joined to chunks of Chunk steps. Recent steps
// matter most, and each segment costs a step of the network.
const (
	Fine     = 30
	Chunk    = 5
	Segments = Fine + (Steps-Fine)/Chunk
)

// Inputs is the length of the vector that Encode writes per segment.
const Inputs = 10

// Phase returns the place of the step that begins at the Unix second start on
// the clock of PhaseSteps.
func Phase(start int64, stepSeconds int) int {
	return int(start / int64(stepSeconds) % PhaseSteps)
}

// SegmentEnd returns the end of a segment: how many of the last Steps steps it
// and the segments before it cover.
func SegmentEnd(segment int) int {
	const chunks = Segments - Fine
	if segment < chunks {
		return (segment + 1) * Chunk
	}
	return chunks*Chunk + segment - chunks + 1
}
