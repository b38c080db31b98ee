package forecast

import (
	"slices"

	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// KeepAlive is the number of steps that a replica stays after a call, as platforms
// without forecasts do. Cold starts are counted by it: a call is a cold start if
// KeepAlive or more steps without a call precede it.
const KeepAlive = 10

// ColdColumns is the number of columns of a row about the next hour's cold starts:
// the gap columns of the refiner's first row, ExpectedCold of the network's and of
// the renewal probabilities, and the cold starts per hour of the whole history and
// of its last feature.Steps. ExpectedCold alone predicts too many, as it takes steps
// as independent and calls come in bursts; the forest corrects that.
const ColdColumns = feature.GapColumns + 4

// coldRow writes such a row to dst and returns it. first is the refiner's row.
func coldRow(dst, first, network, renewal []float32, counts []int32) []float32 {
	dst = dst[:ColdColumns]
	copy(dst, first[:feature.GapColumns])
	own := dst[feature.GapColumns:]
	own[0], own[1] = float32(ExpectedCold(network, counts)), float32(ExpectedCold(renewal, counts))
	own[2], own[3] = coldPerHour(counts), coldPerHour(counts[max(0, len(counts)-feature.Steps):])
	return dst
}

// expectedCold returns the predicted cold starts of the next hour for a window of
// the batch that was refined, and those of the steps until the horizon if that is nearer.
func (p *Predictor) expectedCold(s *scratch, window int) float64 {
	if s.horizons < feature.Horizons {
		return ExpectedCold(s.outlook.final[:s.horizons], s.windows[window].Counts)
	}
	row := coldRow(s.cold[:], s.rows, s.network[:], s.renewal[:], s.windows[window].Counts)
	return min(max(0, float64(p.model.Cold.Predict(s.one[:], row)[0])), maxCold)
}

// maxCold is the most cold starts of one replica that fit into an hour of
// steps: one, and another after each keep-alive.
const maxCold = 60.0 / (KeepAlive + 1)

// coldPerHour returns the cold starts of counts per hour of steps, and -1 if counts
// are shorter than an hour and a keep-alive or have steps without data.
func coldPerHour(counts []int32) float32 {
	if len(counts) < KeepAlive+60 {
		return -1
	}
	n, ok := ColdStarts(counts[:KeepAlive], counts[KeepAlive:])
	if !ok {
		return -1
	}
	return 60 * float32(n) / float32(len(counts)-KeepAlive)
}

// Replica is one replica that is started by a call and stays for KeepAlive steps
// after the last one. The zero value is a replica of which nothing is known yet.
type Replica struct {
	idle   int  // known steps since the last call or the last step without data
	called bool // whether a call was the later of the two
}

// Step takes in the calls of the next step. cold is true if they started the replica:
// KeepAlive or more known steps without a call precede them. judged is false while it is
// unknown whether the replica is still warm: after a step without data, until the next
// call or until a keep-alive has passed.
func (r *Replica) Step(count int32) (cold, judged bool) {
	gone := r.idle >= KeepAlive
	judged = gone || r.called
	switch {
	case count == series.NoData:
		*r = Replica{}
		return false, false
	case count > 0:
		*r = Replica{called: true}
		return gone, judged
	}
	r.idle++
	return false, judged
}

// ColdStarts returns the number of cold starts in counts. before is what preceded
// them. ok is false if one of counts or of the last KeepAlive steps before is not
// known, or if there are fewer steps before.
func ColdStarts(before, counts []int32) (n int, ok bool) {
	if len(before) < KeepAlive {
		return 0, false
	}
	before = before[len(before)-KeepAlive:]
	if slices.Contains(before, series.NoData) || slices.Contains(counts, series.NoData) {
		return 0, false
	}
	var r Replica
	for _, c := range before {
		r.Step(c)
	}
	for _, c := range counts {
		if cold, _ := r.Step(c); cold {
			n++
		}
	}
	return n, true
}

// ExpectedCold returns the expected number of cold starts within the len(p) next
// steps, with a call in each with probability p:
//
//	E = Σ_t p(t)·Π_{i=1..KeepAlive} (1 - p(t-i))
//
// For t of 0 and below, p(t) is 1 or 0, the observed activity of recent, oldest
// first; for a step without data, or before recent, it is the mean of p. Steps are
// taken as independent of each other. The cold starts are those of the first
// replica; a second one that a burst needs is not counted.
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
