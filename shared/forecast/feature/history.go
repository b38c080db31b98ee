package feature

import (
	"math"

	"prewarm/shared/series"
)

// MaxHistory is the longest past that gaps, rates, contexts and paces are taken from.
// The network reads the last Steps of it.
const MaxHistory = series.MaxSteps

// History is the past of one function as a point process: when it was called,
// the gaps between calls, and how the counts came one upon the other. The zero
// value is ready for Read.
type History struct {
	n      int // steps
	phase  int // of the step after the last
	known  set
	active set

	quiet, usual, many set           // known steps without calls, with calls, with more than usual
	followed           [contexts]set // steps that followed upon contexts like the present ones
	lengths            [len(contextSeen)]int
	paces              [len(paceSpans)]pace

	calls  int    // active steps
	last   int    // last active step, -1 if there was none
	gaps   []int  // between successive active steps with no missing step between
	counts [5]int // active steps in the last spans, and the known ones below
	within [5]int
	level  float32
	burst  float32 // log1p of the last active step's count above the level

	ends   [MaxHistory + 2]uint16 // gaps by length
	longer [MaxHistory + 2]uint16 // gaps of at least a length
	after  []int                  // gaps that follow a gap like the last one

	period  int     // gap that most gaps are near to, 0 without gaps
	regular float64 // share of the gaps that are
	lately  float64 // share of the last four gaps that are

	lag      int     // shift that maps calls on calls best
	lagScore float64 // share of calls that it maps, above chance
}

// spans are the lengths over which recent activity is counted.
var spans = [5]int{5, 15, 60, Steps, MaxHistory}

// whole is the span that is the whole past.
const whole = len(spans) - 1

// Read takes in the last MaxHistory counts of a window. phase is the Phase of the
// first of the counts given.
func (h *History) Read(counts []int32, phase int) {
	phase += len(counts)
	if len(counts) > MaxHistory {
		counts = counts[len(counts)-MaxHistory:]
	}
	h.reset(len(counts), phase%PhaseSteps)
	h.level = LogMean(counts)
	unbroken := false // no missing step since the last call
	sum := int64(0)
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
			sum += int64(c)
		}
		h.within[whole]++
	}
	if h.last >= 0 {
		h.burst = float32(log1p(counts[h.last])) - h.level
	}
	h.counts[whole] = h.calls
	h.countRecent()
	h.sortGaps()
	h.findPeriod()
	h.findLag()
	mean := float64(sum) / float64(max(h.calls, 1)) // of the steps with calls
	h.sortSteps(counts, mean)
	h.findContexts()
	h.findPaces(counts, mean)
}

// sortSteps sorts the known steps by how their counts compare with the mean of
// the steps with calls.
func (h *History) sortSteps(counts []int32, mean float64) {
	for i := range h.known {
		h.quiet[i] = h.known[i] &^ h.active[i]
	}
	for i, c := range counts {
		if c > 0 && float64(c) > manyCalls*mean {
			h.many.add(i)
		}
	}
	for i := range h.active {
		h.usual[i] = h.active[i] &^ h.many[i]
	}
}

// reset empties the history but keeps its memory.
func (h *History) reset(n, phase int) {
	h.n, h.phase, h.calls, h.last, h.burst = n, phase, 0, -1, 0
	h.known, h.active, h.many = set{}, set{}, set{}
	h.followed, h.lengths, h.paces = [contexts]set{}, [len(contextSeen)]int{}, [len(paceSpans)]pace{}
	h.gaps, h.after = h.gaps[:0], h.after[:0]
	h.counts, h.within = [5]int{}, [5]int{}
	h.period, h.regular, h.lately, h.lag, h.lagScore = 0, 0, 0, 0, 0
}

// countRecent counts the steps of all spans but the whole.
func (h *History) countRecent() {
	for k, span := range spans[:whole] {
		from := max(0, h.n-span)
		h.counts[k], h.within[k] = h.active.count(from), h.known.count(from)
	}
}

// sortGaps counts the gaps by length, and finds those that followed upon a gap
// within one step of the last one: two timers make gaps that alternate.
func (h *History) sortGaps() {
	clear(h.ends[:])
	for _, g := range h.gaps {
		h.ends[g]++
	}
	sum := uint16(0)
	for g := len(h.ends) - 1; g >= 0; g-- {
		sum += h.ends[g]
		h.longer[g] = sum
	}
	if len(h.gaps) < 2 {
		return
	}
	last := h.gaps[len(h.gaps)-1]
	for i := len(h.gaps) - 2; i >= 0 && len(h.after) < maxAfter; i-- {
		if g := h.gaps[i]; g >= last-1 && g <= last+1 {
			h.after = append(h.after, h.gaps[i+1])
		}
	}
}

// maxAfter bounds the gaps that followed upon one like the last.
const maxAfter = 32

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
	return (float64(h.counts[k]) + h.share()) / (float64(h.within[k]) + 1)
}

// share returns the share of active steps of the whole past, as if one more
// had been active and one not.
func (h *History) share() float64 {
	return float64(h.calls+1) / float64(h.within[whole]+2)
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

// lastGap returns the k-th gap from the end, 0 where there are fewer.
func (h *History) lastGap(k int) int {
	if k > len(h.gaps) {
		return 0
	}
	return h.gaps[len(h.gaps)-k]
}
