package witness

import (
	"math"
	"time"
)

// Phase returns the mean phase at which the calls of a function began, as the share of a
// step that had passed. Phases lie on a circle:
//
//	atan2(mean of sin(2 pi x), mean of cos(2 pi x)) / 2 pi,  within [0, 1)
//
// It is 0 without calls.
func (r *Record) Phase(function string, step time.Duration) float64 {
	var sin, cos float64
	for _, c := range r.callsOf(function) {
		s, o := math.Sincos(2 * math.Pi * float64(c.begin.UnixNano()%int64(step)) / float64(step))
		sin, cos = sin+s, cos+o
	}
	phase := math.Atan2(sin, cos) / (2 * math.Pi)
	return phase - math.Floor(phase)
}
