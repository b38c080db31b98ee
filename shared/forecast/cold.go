package forecast

import (
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// KeepAlive is the number of steps that ExpectedCold keeps a replica after a
// call.
const KeepAlive = 10

// ExpectedCold returns the expected number of cold starts within the steps
// that p speaks of, if a replica stays KeepAlive steps after a call:
//
//	E = Σ_t p(t)·Π_{i=1..KeepAlive} (1 - p(t-i))
//
// where p(t) at and before 0 is the activity of recent, 1 or 0, oldest first.
// Steps count as independent of each other given the forecast. A step of
// recent without data counts as active with the mean of p. It is the cold
// starts of the first replica; a second one that a burst needs is not counted.
func ExpectedCold(p []event.Prob, recent []int32) float64 {
	var mean float64
	for _, v := range p {
		mean += float64(v) / float64(len(p))
	}
	idle := func(t int) float64 {
		switch at := len(recent) - 1 + t; {
		case t > 0:
			return 1 - float64(p[t-1])
		case at < 0 || recent[at] == series.NoData:
			return 1 - mean
		case recent[at] > 0:
			return 0
		}
		return 1
	}
	var sum float64
	for t := 1; t <= len(p); t++ {
		cold := float64(p[t-1])
		for i := 1; i <= KeepAlive && cold > 0; i++ {
			cold *= idle(t - i)
		}
		sum += cold
	}
	return sum
}
