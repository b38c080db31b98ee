package feature

import (
	"math"

	"prewarm/shared/series"
)

// History is the past of one function as a point process: when it was called,
// and the gaps between calls. The zero value is ready for Read.
type History struct {
	n      int // steps
	phase  int // of the step after the last
	known  set
	active set
	calls  int    // active steps
	last   int    // last active step, -1 if there was none
	gaps   []int  // between successive active steps with no missing step between
	counts [4]int // active steps in the last spans, and the known ones below
	within [4]int
	level  float32

	period  int     // gap that most gaps are near to, 0 without gaps
	regular float64 // share of the gaps that are

	lag      int     // shift that maps calls on calls best
	lagScore float64 // share of calls that it maps, above chance
}

// spans are the lengths over which recent activity is counted.
var spans = [4]int{5, 15, 60, Steps}

// Read takes in the last Steps counts of a window. phase is the Phase of the
// first of the counts given.
func (h *History) Read(counts []int32, phase int) {
	phase += len(counts)
	if len(counts) > Steps {
		counts = counts[len(counts)-Steps:]
	}
	*h = History{n: len(counts), phase: phase % PhaseSteps, last: -1, gaps: h.gaps[:0], level: Level(counts)}
	unbroken := false // no missing step since the last call
	for i, c := range counts {
		if c == series.NoData {
			unbroken = false
			continue
		}
		h.known.add(i)
		if c > 0 {
			if unbroken {
				h.gaps = append(h.gaps, i-h.last)
			}
			h.active.add(i)
			h.calls, h.last, unbroken = h.calls+1, i, true
		}
		h.countRecent(i, c > 0)
	}
	h.findPeriod()
	h.findLag()
}

func (h *History) countRecent(i int, active bool) {
	for k, span := range spans {
		if h.n-i > span {
			continue
		}
		h.within[k]++
		if active {
			h.counts[k]++
		}
	}
}

// Calls returns the number of active steps.
func (h *History) Calls() int { return h.calls }

// Gaps returns the steps from one active step to the next, oldest first, with
// those left out that a missing step makes uncertain. The slice is valid until
// the next Read.
func (h *History) Gaps() []int { return h.gaps }

// Age returns the steps since the last active one, which are not active
// themselves, and the length of the past if there was none. A call at horizon
// t ends a gap of Age()+t.
func (h *History) Age() int { return h.n - 1 - h.last }

// recent returns the share of active steps among the known of span k, pulled
// towards that of the whole past where few are known.
func (h *History) recent(k int) float64 {
	all := float64(h.calls+1) / float64(h.within[len(spans)-1]+2)
	return (float64(h.counts[k]) + all) / (float64(h.within[k]) + 1)
}

// moments returns the mean of the gaps and their coefficient of variation, 0
// and 0 without gaps.
func (h *History) moments() (mean, variation float64) {
	if len(h.gaps) == 0 {
		return 0, 0
	}
	var sum, squares float64
	for _, g := range h.gaps {
		sum += float64(g)
		squares += float64(g) * float64(g)
	}
	mean = sum / float64(len(h.gaps))
	return mean, math.Sqrt(max(0, squares/float64(len(h.gaps))-mean*mean)) / mean
}
