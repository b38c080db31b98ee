package forecast

import "prewarm/shared/series"

// KeepAlive is the number of steps that ExpectedCold keeps a replica after a
// call.
const KeepAlive = 10

// ColdMix turns two estimates of the cold starts in the next hour into one:
//
//	expected = Formula·ExpectedCold + Past·(cold starts per hour so far)
//
// Steps are not independent, as ExpectedCold has it: calls come in bursts, and
// what happened in the last hours corrects for it.
type ColdMix struct{ Formula, Past float32 }

// Apply returns the mix for a past of counts, or formula itself where the past
// is shorter than an hour and a keep-alive or has steps without data.
func (m ColdMix) Apply(formula float64, counts []int32) float64 {
	past, ok := PastCold(counts)
	if !ok {
		return formula
	}
	return min(max(0, float64(m.Formula)*formula+float64(m.Past)*past), maxCold)
}

// maxCold is the most cold starts of one replica that fit into an hour of
// steps: one, and another after each keep-alive.
const maxCold = 60.0 / (KeepAlive + 1)

// PastCold returns the cold starts per hour of steps that counts would have
// had. ok is false where they are too short or have steps without data.
func PastCold(counts []int32) (perHour float64, ok bool) {
	if len(counts) < KeepAlive+60 {
		return 0, false
	}
	n, ok := ColdStarts(counts[:KeepAlive], counts[KeepAlive:])
	return 60 * float64(n) / float64(len(counts)-KeepAlive), ok
}

// ColdStarts returns the number of steps of counts with calls that follow upon
// KeepAlive or more steps without. before is what preceded counts. ok is false
// where a step that matters is unknown or before is shorter than KeepAlive.
func ColdStarts(before, counts []int32) (n int, ok bool) {
	if len(before) < KeepAlive {
		return 0, false
	}
	idle := 0 // steps since the last call
	for _, c := range before[len(before)-KeepAlive:] {
		if c == series.NoData {
			return 0, false
		}
		idle++
		if c > 0 {
			idle = 0
		}
	}
	for _, c := range counts {
		switch {
		case c == series.NoData:
			return 0, false
		case c == 0:
			idle++
			continue
		case idle >= KeepAlive:
			n++
		}
		idle = 0
	}
	return n, true
}

// ExpectedCold returns the expected number of cold starts within the steps
// that p speaks of, if a replica stays KeepAlive steps after a call:
//
//	E = Σ_t p(t)·Π_{i=1..KeepAlive} (1 - p(t-i))
//
// where p(t) at and before 0 is the activity of recent, 1 or 0, oldest first.
// Steps count as independent of each other given the forecast. A step of
// recent without data counts as active with the mean of p. It is the cold
// starts of the first replica; a second one that a burst needs is not counted.
func ExpectedCold[P ~float32](p []P, recent []int32) float64 {
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
