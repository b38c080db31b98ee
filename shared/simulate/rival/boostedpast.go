package rival

import (
	"math"
	"sort"

	"prewarm/shared/simulate"
)

const (
	// gapBins is the number of lengths of gaps that are counted one by one, in
	// minutes, that of the hybrid histogram (Shahrad et al., ATC 2020). A longer gap
	// counts as one of gapBins minutes.
	gapBins = 240
	// recentGaps is the number of gaps that the trees read one by one. Our choice, as
	// are the windows and quantiles below.
	recentGaps = 5
	// hourMinutes is the period of the clock that the trees read.
	hourMinutes = 60
)

// boostedWindows are the lengths of the windows in which calls and minutes with calls are
// counted, in minutes up to now.
var boostedWindows = [...]int{1, 2, 5, 10, 30, 60, 180}

// gapShares are the quantiles of the gaps that the trees read.
var gapShares = [...]float64{0.1, 0.25, 0.5, 0.75, 0.9}

// BoostedPasts follows the past of all functions of a workload, minute by minute, and
// gives the rows that the trees of a BoostedModel read. A minute of a function takes O(1) on
// average, and O(log gapBins) more with a call. A minute without data counts as one without
// calls.
type BoostedPasts struct{ functions []past }

// NewBoostedPasts returns the past of n functions before the first minute.
func NewBoostedPasts(n int) *BoostedPasts { return &BoostedPasts{functions: make([]past, n)} }

// Row takes in the last minute of function f and writes the row of the minute that h
// decides on to dst, which has BoostedColumns elements. It must be called once for each
// minute in rising order. It returns false, and writes nothing, before the first call of f.
// Calls for different functions may run at the same time.
func (p *BoostedPasts) Row(dst []float32, h simulate.History, f int) bool {
	counts, one := h.Counts(f), &p.functions[f]
	if len(counts) == 0 {
		return false
	}
	clock := h.MinuteOfDay() % hourMinutes
	one.advance(counts, (clock+hourMinutes-1)%hourMinutes)
	if one.active == 0 {
		return false
	}
	one.row(dst, counts, clock)
	return true
}

// past is what is kept of the minutes of one function up to now.
type past struct {
	first, last  int // minutes of the first and the last call
	active       int // minutes with calls
	calls        int
	run          int                     // minutes with calls in a row, up to now
	gaps         int                     // gaps between minutes with calls
	sum, squares float64                 // of the gaps and of their squares
	recent       [recentGaps]int         // the last gaps, the newest first
	atLeast      [gapBins + 2]int32      // number of gaps of at least so many minutes
	next         [gapBins + 1]int32      // the gap after the latest one of a length, 0 for none
	quantiles    [len(gapShares)]float32 // of the gaps, by gapShares
	hour         [hourMinutes]int32      // minutes with calls by minute of the hour

	windowCalls, windowActive [len(boostedWindows)]int // by boostedWindows
}

// advance takes in the last of the counts, of a minute of the hour.
func (p *past) advance(counts []int32, clock int) {
	minute := len(counts) - 1
	for i, length := range boostedWindows {
		p.count(i, counts[minute], 1)
		if minute >= length {
			p.count(i, counts[minute-length], -1)
		}
	}
	if counts[minute] <= 0 {
		p.run = 0
		return
	}
	if p.active == 0 {
		p.first = minute
	} else {
		p.gap(minute - p.last)
	}
	p.last, p.run = minute, p.run+1
	p.active, p.calls = p.active+1, p.calls+int(counts[minute])
	p.hour[clock]++
}

// count adds the calls of a minute to a window, or takes them off it.
func (p *past) count(window int, calls int32, sign int) {
	if calls > 0 {
		p.windowCalls[window] += sign * int(calls)
		p.windowActive[window] += sign
	}
}

// gap takes in a gap.
func (p *past) gap(length int) {
	bin := min(length, gapBins)
	if p.gaps > 0 {
		p.next[min(p.recent[0], gapBins)] = int32(length)
	}
	p.gaps++
	p.sum, p.squares = p.sum+float64(length), p.squares+float64(length)*float64(length)
	copy(p.recent[1:], p.recent[:])
	p.recent[0] = length
	// As many steps as the gap had minutes: O(1) for each minute on average.
	for g := 1; g <= bin; g++ {
		p.atLeast[g]++
	}
	for i, share := range gapShares {
		p.quantiles[i] = float32(p.quantile(share))
	}
}

// quantile returns the least length such that at least this share of the gaps are no longer.
func (p *past) quantile(share float64) int {
	most := int32(float64(p.gaps)*(1-share) + 1e-9) // gaps that may be longer; the addend undoes rounding
	return 1 + sort.Search(gapBins-1, func(g int) bool { return p.atLeast[g+2] <= most })
}

// gapMoments returns mean and standard deviation of the gaps, 0 without gaps.
func (p *past) gapMoments() (mean, deviation float64) {
	if p.gaps == 0 {
		return 0, 0
	}
	mean = p.sum / float64(p.gaps)
	return mean, math.Sqrt(max(0, p.squares/float64(p.gaps)-mean*mean))
}

// hazard returns the share of the gaps of at least from minutes that are no longer than
// to minutes, pulled towards a prior with the weight of one gap.
func (p *past) hazard(from, to int, prior float64) float64 {
	from, to = min(max(1, from), gapBins), min(to, gapBins)
	open := float64(p.atLeast[from])
	return (open - float64(p.atLeast[to+1]) + prior) / (open + 1)
}
