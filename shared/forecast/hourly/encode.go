package hourly

import (
	"math"

	"prewarm/shared/forecast"
)

// Inputs is the length of the vector that the network reads of one hour of a
// function.
const Inputs = 8

// Inputs writes the network's inputs of the hours of counts, MinHours to
// MaxHours of them, to dst, which takes hours×Inputs, and returns their number.
func (r *Reader) Inputs(dst []float32, counts []int32) (hours int) {
	hours, first := hoursOf(counts)
	for h := range hours {
		r.encode(dst[h*Inputs:(h+1)*Inputs], counts[:first+(h+1)*Hour])
	}
	return hours
}

// encode writes the network's input of the last hour of counts to dst, which
// takes Inputs. Inputs 0, 1 and 7 describe that hour, the others the whole of
// counts. Gaps are those between calls; a rest is a gap that is longer than the
// keep-alive.
//
//	0  cold starts per hour, a third of it
//	1  share of known steps with calls
//	2  log1p(steps since the last call)/5
//	3  a third of the cold starts that the renewal process predicts
//	4  n/(n+5) of the n gaps
//	5  log1p(mean rest)/5, 0 without one
//	6  coefficient of variation of the rests, at most 2, halved
//	7  share of known steps
func (r *Reader) encode(dst []float32, counts []int32) {
	r.gaps.Read(counts)
	s := summarise(counts, max(0, len(counts)-Hour), len(counts))
	mean, variation := r.gaps.Moments(forecast.KeepAlive)
	gaps := len(r.gaps.Lengths())
	dst[0] = float32(s.perHour() / 3)
	dst[1] = float32(s.active) / float32(max(1, s.known))
	dst[2] = log5(float64(r.gaps.Age()))
	dst[3] = float32(renewal{&r.gaps, r.pooled, smoothedWeight}.coldStarts() / 3)
	dst[4] = float32(gaps) / float32(gaps+5)
	dst[5] = log5(mean)
	dst[6] = float32(min(variation, 2) / 2)
	dst[7] = float32(s.known) / Hour
}

// log5 returns log1p(v)/5, which is about 1 for the longest history.
func log5(v float64) float32 { return float32(math.Log1p(v) / 5) }
