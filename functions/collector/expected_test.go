package collector

import (
	"fmt"

	"prewarm/shared/event"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// bounds is what the scrapes allow: the calls up to each border of a step, as of the last
// scrape before it and of the first one after it.
type bounds struct{ low, high [storySteps + 4]int }

func (s *story) bounds() (b bounds) {
	for k := range b.low {
		for _, p := range s.running {
			low, high := p.around(storyBegin+int64(k)*minute, s)
			b.low[k], b.high[k] = b.low[k]+low, b.high[k]+high
		}
	}
	return b
}

// counted returns the times at which the calls of p count.
func (s *story) counted(p *process) []int64 {
	if s.ended {
		return p.ends
	}
	return p.calls
}

// around returns the calls of p at the points around t.
func (p *process) around(t int64, s *story) (low, high int) {
	low = 1 << 30
	for _, points := range p.points {
		i := until(points, t)
		last, next := t, t
		if i > 0 && i < len(points) && points[i-1] < t {
			last, next = points[i-1], points[i]
		}
		if len(points) > 0 {
			low, high = min(low, until(s.counted(p), last)), max(high, until(s.counted(p), next))
		}
	}
	return low, high
}

// share returns the most calls that step k can have if those between two scrapes that are
// further apart than a step are divided evenly.
func (s *story) share(k int) float64 {
	begin, end := storyBegin+int64(k)*minute, storyBegin+int64(k+1)*minute
	most := 0.0
	for _, p := range s.running {
		here := 0.0
		for _, points := range p.points {
			sum := 0.0
			for i := 1; i < len(points); i++ {
				from, to := points[i-1], points[i]
				if overlap := min(to, end) - max(from, begin); overlap > 0 {
					calls := float64(until(s.counted(p), to) - until(s.counted(p), from))
					if to-from > minute {
						calls = calls*float64(overlap)/float64(to-from) + 1
					}
					sum += calls
				}
			}
			here = max(here, sum)
		}
		most += here
	}
	return most
}

// unscraped reports whether a gateway that ran, and that the store knew under its name, was
// not scraped in step k.
func (s *story) unscraped(k int) (string, bool) {
	begin, end := storyBegin+int64(k)*minute, storyBegin+int64(k+1)*minute
	for _, p := range s.running {
		scraped := p.scraped[0]
		knew := until(scraped, begin-1)
		// It is not known when after its last scrape a gateway ended.
		if p.dies < end+s.interval || knew == 0 || p.renamedAt > 0 && p.renamedAt > scraped[knew-1] && p.renamedAt < end {
			continue
		}
		if until(scraped, end) == knew {
			return p.name, true
		}
	}
	return "", false
}

// quality returns how step i of a window was measured.
func qualityOf(f event.FunctionWindow, i int) invocation.Quality {
	switch {
	case f.Counts[i] == series.NoData:
		return invocation.Unknown
	case series.Within(f.AtLeast, i):
		return invocation.AtLeast
	case series.Within(f.Spread, i):
		return invocation.Spread
	}
	return invocation.Known
}

// truth returns the calls of each step.
func (s *story) truth() (calls [storySteps]int) {
	for k := range calls {
		for _, p := range s.running {
			calls[k] += until(s.counted(p), storyBegin+int64(k+1)*minute) - until(s.counted(p), storyBegin+int64(k)*minute)
		}
	}
	return calls
}

// rounding returns the calls by which the shares of steps may be rounded apart: one of each
// gateway, since what lies between two scrapes may be divided in two chunks.
func (s *story) rounding(worst invocation.Quality) int {
	if worst == invocation.Known {
		return 0
	}
	return s.gateways
}

// check returns what is wrong with a window.
func (s *story) check(f event.FunctionWindow, b *bounds) error {
	first := int((f.Start*1000 - storyBegin) / minute)
	for i := range f.Counts {
		worst, sum := invocation.Known, 0
		for j := i; j < len(f.Counts); j++ {
			q := qualityOf(f, j)
			if worst = min(worst, q); q == invocation.Unknown {
				break
			}
			sum += int(f.Counts[j])
			from, to := first+i, first+j+1
			if least, most := b.low[to]-b.high[from]-s.rounding(worst), b.high[to]-b.low[from]+s.rounding(worst); sum > most || worst >= invocation.Spread && sum < least {
				return fmt.Errorf("steps %d to %d have %d calls of quality %d, the scrapes allow %d to %d", from, to, sum, worst, least, most)
			}
		}
		k := first + i
		if name, ok := s.unscraped(k); ok && qualityOf(f, i) == invocation.Known {
			return fmt.Errorf("step %d is known, though %s was not scraped in it", k, name)
		}
		if most := s.share(k); float64(f.Counts[i]) > most+float64(s.rounding(qualityOf(f, i))) {
			return fmt.Errorf("step %d has %d calls, its share is %.1f", k, f.Counts[i], most)
		}
	}
	return nil
}
