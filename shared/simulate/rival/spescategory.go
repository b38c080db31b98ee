package rival

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/score"
)

// Bounds of the kinds, from the public implementation.
const (
	spesWarmIdle      = 0.001 // share of minutes without calls below which a function is always warm
	spesLeastRuns     = 3     // runs of a regular function, and waiting times of an appro-regular one (SEQ_NUM_BOUND)
	spesRegularRange  = 1.0   // minutes from P5 to P95 of the waiting times below which a function is regular
	spesRegularCV     = 0.01  // or their coefficient of variation at most
	spesModes         = 3     // commonest waiting times of an appro-regular function (IDLE_NUM_MAX)
	spesModesShare    = 0.9   // and their share of all (IDLE_PERCEN)
	spesModeShare     = 0.1   // share of one above which it predicts
	spesDenseWait     = 5.0   // minutes below which P90 of a dense function's waiting times is (DENSE_UPPER_BOUND)
	spesDenseLongest  = 10.0  // longest waiting time predicted for it
	spesDenseSingle   = 3.0   // and the longest if none repeats (IDLE_NUM_MAX there too)
	spesSuccessiveFor = 10    // least minutes of a successive function's runs (gamma_1)
	spesSuccessiveBy  = 11    // or least calls of them (gamma_2)
	spesForgetSteps   = 6     // times that a twelfth of the history is forgotten: the paper's 6 of 12 days (DAY)
	spesRepeated      = 5     // most repeated waiting times that predict
	spesContinuous    = 10.0  // minutes between the extremes of repeated waiting times up to which they are one range (DISCRETE_TH)
)

// spesMode is a waiting time in minutes and how often it occurred.
type spesMode struct {
	wait  float64
	count int
}

// spesPast is the part of a function's history from minute from to end-1.
type spesPast struct {
	runs      []spesRun // those that reach into it
	waits     []float64 // waiting times between them, oldest first
	modes     []spesMode
	from, end int
}

// past returns the history of s from a minute to end-1.
func (s *spesFunction) past(from, end int) spesPast {
	first, _ := slices.BinarySearchFunc(s.runs, from, func(r spesRun, m int) int { return cmp.Compare(r.end, m+1) })
	h := spesPast{runs: s.runs[first:], from: from, end: end}
	for i := 1; i < len(h.runs); i++ {
		h.waits = append(h.waits, float64(h.runs[i].start-h.runs[i-1].end))
	}
	h.modes = spesModesOf(h.waits)
	return h
}

// categorise gives s one of the first five kinds, or unknown, from its history since begin.
func (s *spesFunction) categorise(begin, end int) {
	s.recent, s.links, s.waits, s.modes = s.recent[:0], nil, nil, nil
	for forget := range spesForgetSteps + 1 {
		h := s.past(begin+(end-begin)*forget/12, end)
		if s.kind = h.kind(); s.kind != spesUnknown {
			s.waits = h.predict(s.kind)
			if s.kind == spesRegular {
				_, s.spread = stat.PopMeanStdDev(h.waits, nil)
			}
			return
		}
	}
}

// kind returns the first of the five kinds that fits, or unknown.
func (h spesPast) kind() spesKind {
	switch {
	case len(h.runs) == 0:
		return spesUnknown
	case float64(h.idle()) < spesWarmIdle*float64(h.end-h.from):
		return spesWarm
	case len(h.runs) >= spesLeastRuns && (spesIsRegular(h.waits) || spesIsRegular(spesMerge(h.waits, h.modes))):
		return spesRegular
	case len(h.waits) >= spesLeastRuns && h.modes[0].count > 1 && h.commonest() >= spesModesShare*float64(len(h.waits)):
		return spesApproRegular
	case len(h.waits) > 0 && score.Percentile(h.waits, 0.9) < spesDenseWait:
		return spesDense
	case h.successive():
		return spesSuccessive
	}
	return spesUnknown
}

// idle returns the minutes without need.
func (h spesPast) idle() int {
	idle := h.end - h.from
	for _, r := range h.runs {
		idle -= r.end - max(r.start, h.from)
	}
	return idle
}

// commonest returns the number of waiting times that have one of the three commonest values.
func (h spesPast) commonest() float64 {
	n := 0
	for _, m := range h.modes[:min(spesModes, len(h.modes))] {
		n += m.count
	}
	return float64(n)
}

// successive reports whether each run is long, or each has many calls. Runs at both ends
// are not whole and do not count.
func (h spesPast) successive() bool {
	shortest, fewest := math.MaxInt, int64(math.MaxInt64)
	whole := 0
	for _, r := range h.runs {
		if r.start > h.from && r.end < h.end {
			shortest, fewest = min(shortest, r.end-r.start), min(fewest, r.calls)
			whole++
		}
	}
	return whole > 0 && (shortest >= spesSuccessiveFor || fewest >= spesSuccessiveBy)
}

// predict returns the waiting times that predict the next call of a function of a kind.
func (h spesPast) predict(k spesKind) []spesWait {
	switch k {
	case spesRegular:
		median := score.Percentile(h.waits, 0.5)
		_, spread := stat.PopMeanStdDev(h.waits, nil)
		distance := min(spread, spesMostDistance)
		return []spesWait{{median - distance, median + distance}}
	case spesApproRegular:
		var waits []spesWait
		for _, m := range h.modes[:min(spesModes, len(h.modes))] {
			if float64(m.count) > spesModeShare*float64(len(h.waits)) {
				waits = append(waits, spesWait{m.wait, m.wait})
			}
		}
		return waits
	case spesDense:
		if repeated := spesRepeatedOf(h.modes); len(repeated) > 0 {
			w := spesRange(repeated)
			return []spesWait{{w.shortest, min(w.longest, spesDenseLongest)}}
		}
		w := spesRange(h.modes)
		return []spesWait{{w.shortest, min(w.longest, spesDenseSingle)}}
	case spesPossible:
		return spesRanges(spesRepeatedOf(h.modes))
	}
	return nil
}
