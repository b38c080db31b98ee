package simulate

import "math"

// Constants of the hybrid histogram, from its source.
const (
	histogramBins    = 240  // one a minute: gaps of 0 to 239 minutes
	histogramMinGaps = 10   // with fewer gaps the histogram is not used
	histogramMinCV   = 2.0  // nor with a lower coefficient of variation: no gap stands out
	histogramHead    = 0.05 // cumulative share of the gaps at which the warm time begins
	histogramTail    = 0.99 // and at which it ends
)

// Hybrid is the hybrid histogram policy. For each function it keeps a histogram of
// the gaps between minutes with calls, and keeps the function warm during the gaps
// after which it is usually called again.
//
// Source: Shahrad et al., "Serverless in the Wild", USENIX ATC 2020. Its time
// series forecast for gaps out of range is left out: a function with mostly such
// gaps stays warm for 240 minutes after a call.
type Hybrid struct{ functions []histogram }

// NewHybrid returns the policy for w.
func NewHybrid(w *Workload) *Hybrid {
	p := &Hybrid{functions: make([]histogram, len(w.Functions))}
	for f := range p.functions {
		p.functions[f].last = -1
	}
	return p
}

// Name implements Policy.
func (*Hybrid) Name() string { return "hybrid" }

// Warm implements Policy.
func (p *Hybrid) Warm(warm []int32, h History) {
	m := h.Minute()
	if m == 0 {
		return
	}
	for f := range warm {
		g := &p.functions[f]
		if need := h.Need(f)[m-1]; need > 0 {
			g.call(m-1, need)
		}
		if gap := m - g.last; g.last >= 0 && g.from <= gap && gap <= g.to {
			warm[f] = g.level
		}
	}
}

// histogram is the state of one function.
type histogram struct {
	bins     [histogramBins]int32 // number of gaps by their length in minutes
	in, out  int                  // gaps in and out of range
	last     int                  // last minute with a call, -1 before the first
	level    int32                // need of that minute
	from, to int                  // gaps, first and last, during which the function is warm
}

// call records a minute with calls and sets the warm time that follows it.
func (g *histogram) call(minute int, need int32) {
	if g.last >= 0 {
		if gap := minute - g.last; gap < histogramBins {
			g.bins[gap]++
			g.in++
		} else {
			g.out++
		}
	}
	g.last, g.level = minute, need
	g.from, g.to = g.warmTime()
}

// warmTime returns the gaps during which to keep the function warm: from 0.9 of
// the head to 1.1 of the tail of the histogram, or all gaps in range if the
// histogram is not representative.
func (g *histogram) warmTime() (from, to int) {
	if g.in+g.out < histogramMinGaps || 2*g.out > g.in+g.out || g.variation() < histogramMinCV {
		return 1, histogramBins
	}
	head, tail := g.quantile(histogramHead), g.quantile(histogramTail)
	if head > 1 {
		from = int(math.Floor(0.9 * float64(head)))
	}
	return from, int(math.Ceil(1.1 * float64(tail)))
}

// variation returns the coefficient of variation of the bins' contents: population
// standard deviation / mean. It is high if most gaps have the same length.
func (g *histogram) variation() float64 {
	mean := float64(g.in) / histogramBins
	sum := 0.0
	for _, n := range g.bins {
		sum += (float64(n) - mean) * (float64(n) - mean)
	}
	return math.Sqrt(sum/histogramBins) / mean
}

// quantile returns the first bin at which the cumulative share reaches p.
func (g *histogram) quantile(p float64) int {
	sum := 0
	for gap, n := range g.bins {
		sum += int(n)
		if float64(sum)/float64(g.in) >= p {
			return gap
		}
	}
	return histogramBins - 1
}
