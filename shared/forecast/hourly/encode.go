package hourly

import (
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// Inputs is the length of the vector that the network reads of one hour of a
// function.
const Inputs = 8

// tally is what is known of a stretch of steps.
type tally struct {
	known, active int
	cold          int // calls after a keep-alive of known rest
	judged        int // known steps of which a call's being cold would be known
}

// count tallies counts[from:to]; what is before says which calls are cold.
func count(counts []int32, from, to int) tally {
	var t tally
	rest, sure := 0, false // known steps since the last call or gap in the data; whether a call was it
	for i := max(0, from-forecast.KeepAlive); i < to; i++ {
		c, inside := counts[i], i >= from
		if c == series.NoData {
			rest, sure = 0, false
			continue
		}
		if inside {
			t.known++
			if sure || rest >= forecast.KeepAlive {
				t.judged++
			}
		}
		if c == 0 {
			rest++
			continue
		}
		if inside {
			t.active++
			if rest >= forecast.KeepAlive {
				t.cold++
			}
		}
		rest, sure = 0, true
	}
	return t
}

// perHour returns the cold starts per hour, 0 where none could be judged.
func (t tally) perHour() float64 {
	if t.judged == 0 {
		return 0
	}
	return Hour * float64(t.cold) / float64(t.judged)
}

// encode writes the network's input of the hour that ends counts to dst, which
// takes Inputs. past is what was read of counts. All but the first, second and
// last look at the whole of counts.
//
//	0  cold starts per hour, a third of it
//	1  share of known steps with calls
//	2  log1p(steps since the last call)/5
//	3  a third of the cold starts that the own gaps let expect
//	4  n/(n+5) of the n gaps
//	5  log1p(mean gap longer than the keep-alive)/5, 0 without one
//	6  spread of those gaps by their mean, at most 2, halved
//	7  share of known steps
func encode(dst []float32, counts []int32, past *calls, p *pool) {
	t := count(counts, max(0, len(counts)-Hour), len(counts))
	mean, variation := past.rests()
	dst[0] = float32(t.perHour() / 3)
	dst[1] = float32(t.active) / float32(max(1, t.known))
	dst[2] = log5(float64(past.age))
	dst[3] = float32(past.cold(p, smooth) / 3)
	dst[4] = float32(len(past.gaps)) / float32(len(past.gaps)+5)
	dst[5] = log5(mean)
	dst[6] = float32(min(variation, 2) / 2)
	dst[7] = float32(t.known) / Hour
}

// smooth is the number of gaps that the pooled ones count for beside the own.
const smooth = 2

func log5(v float64) float32 { return float32(math.Log1p(v) / 5) }

// rests returns the mean of the gaps that are longer than the keep-alive, and
// their standard deviation over it; 0 where there is none.
func (c *calls) rests() (mean, variation float64) {
	var n, sum, squares float64
	for _, g := range c.gaps {
		if g > forecast.KeepAlive {
			n, sum, squares = n+1, sum+float64(g), squares+float64(g)*float64(g)
		}
	}
	if n == 0 {
		return 0, 0
	}
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean)) / mean
}
