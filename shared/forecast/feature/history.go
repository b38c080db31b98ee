package feature

import (
	"math/bits"

	"prewarm/shared/series"
)

// MaxHistory is the longest history in steps that gaps, rates, contexts and
// paces are taken from. The network reads its last Steps steps.
const MaxHistory = series.MaxSteps

// History describes the calls of one function before the origin as a point
// process: in which steps it was called, how long the gaps between them are, and
// which patterns they repeat. The zero value is ready for Read. A History serves
// one goroutine; it allocates nothing once it has read a history with many gaps.
type History struct {
	Gaps
	longer    [MaxHistory + 2]uint16 // number of gaps of at least each length
	afterLike []int                  // gaps that followed upon a gap like the last one
	reading
}

// reading is what each Read begins anew. The long arrays of a History are not part of it,
// as most of them is 0 before and after.
type reading struct {
	phase  int // of the origin
	known  stepSet
	called stepSet // the active steps
	most   int32   // largest count
	calls  int64   // sum of the counts

	zero, usual, many stepSet           // known steps without calls, with calls, with more than usual
	followed          [contexts]stepSet // steps after earlier occurrences of the present contexts
	contextLength     [longestFound]int // of the longest contexts, in steps
	paces             [len(paceSpans)]pace

	activeIn  [len(spans)]int // active steps in the last spans
	knownIn   [len(spans)]int // known steps in them
	logMean   float32         // LogMean of the history
	lastCount float32         // log1p of the last active step's count, less logMean

	period          int     // gap that most gaps are near to, 0 if there is no gap
	regular         float64 // share of the gaps that are near to it
	regularRecently float64 // share of the last four gaps that are

	lag      int     // shift in steps that maps calls best on calls, 0 if none does
	lagScore float64 // share of the calls that it maps, above chance
}

// spans are the numbers of last steps over which activity is counted.
var spans = [...]int{5, 15, 60, Steps, MaxHistory}

// whole is the index of the span that covers the whole history.
const whole = len(spans) - 1

// Read reads the last MaxHistory of counts. phase is the Phase of the first
// count.
func (h *History) Read(counts []int32, phase int) {
	h.ReadGaps(counts, phase)
	counts = counts[max(0, len(counts)-MaxHistory):]
	mean := float64(h.calls) / float64(max(h.active, 1))
	h.sortSteps(counts, mean)
	h.findContexts()
	h.findPaces(counts, mean)
}

// ReadGaps reads only what GapRow needs: all but contexts and paces, which take
// most of the time. Rows is not defined afterwards.
func (h *History) ReadGaps(counts []int32, phase int) {
	clear(h.longer[:h.longest+1]) // longer gaps have none
	h.reading, h.afterLike = reading{}, h.afterLike[:0]
	h.phase = (phase + len(counts)) % PhaseSteps
	counts = counts[max(0, len(counts)-MaxHistory):]
	h.most, h.calls = readSteps(&h.known, &h.called, counts)
	h.Gaps.read(&h.known, &h.called, len(counts))
	h.logMean = h.readLogMean(counts)
	if h.last >= 0 {
		h.lastCount = float32(log1p(counts[h.last])) - h.logMean
	}
	for k, span := range spans {
		from := max(0, h.steps-span)
		h.activeIn[k], h.knownIn[k] = h.called.count(from), h.known.count(from)
	}
	h.sortGaps()
	h.findPeriod()
	h.findLag()
}

// readLogMean is LogMean of the history, by its active steps.
func (h *History) readLogMean(counts []int32) float32 {
	sum, n := 0.0, 0
	for at := h.last; at >= 0 && n < meanSteps; at = h.called.before(at) {
		sum += float64(counts[at])
		n++
	}
	return logMeanOf(sum, n)
}

// sortSteps sorts the known steps by their counts, compared with the mean count
// of an active step.
func (h *History) sortSteps(counts []int32, mean float64) {
	if float64(h.most) > manyCalls*mean {
		for i, active := range h.called {
			for ; active != 0; active &= active - 1 {
				if at := 64*i + bits.TrailingZeros64(active); float64(counts[at]) > manyCalls*mean {
					h.many.add(at)
				}
			}
		}
	}
	for i := range h.known {
		h.zero[i] = h.known[i] &^ h.called[i]
		h.usual[i] = h.called[i] &^ h.many[i]
	}
}

// sortGaps counts the gaps of at least each length, and collects those that
// followed upon a gap within one step of the last one. The order of gaps
// matters: two timers of one period make gaps that alternate.
func (h *History) sortGaps() {
	sum := uint16(0)
	for g := h.longest; g >= 0; g-- {
		sum += h.ends[g]
		h.longer[g] = sum
	}
	last := h.fromEnd(1)
	for i := len(h.lengths) - 2; i >= 0 && len(h.afterLike) < maxAfter; i-- {
		if g := h.lengths[i]; g >= last-1 && g <= last+1 {
			h.afterLike = append(h.afterLike, h.lengths[i+1])
		}
	}
}

// maxAfter bounds the number of gaps in afterLike; the latest ones count.
const maxAfter = 32

// recentShare returns the share of active steps among the known ones of span k,
// pulled towards the share of the whole history with a weight of one step.
func (h *History) recentShare(k int) float64 {
	return (float64(h.activeIn[k]) + h.share()) / (float64(h.knownIn[k]) + 1)
}

// share returns the share of active steps of the whole history by the rule of
// succession, as if one more step had been active and one not. It is therefore
// never 0 or 1.
func (h *History) share() float64 {
	return float64(h.active+1) / float64(h.knownIn[whole]+2)
}
