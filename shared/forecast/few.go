package forecast

import (
	"cmp"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

const (
	// fewActive is the number of active steps in Observation.Recent from which on earlier
	// ones are not used.
	fewActive = 6
	// maxEarlier is how many earlier ones are used. A message may have more, up to
	// event.MaxEarlier.
	maxEarlier = 16
)

// confirmed is the factor by which the largest of a few needs may exceed the second one.
// A larger one was seen once, and is not expected again.
const confirmed = 2

// few holds the needs of the active steps of a window that has few of them in its last
// steps: bursts that are hours apart. The forest of the need and the level would learn too
// little of their size from the last steps.
type few struct {
	needs [maxEarlier + fewActive]int32 // n of them, the largest first
	n     int
}

// quantile returns the need that is exceeded in a share q of the active steps, 0 if there
// are fewer than two. One more need than observed is taken to lie above all others, so that
// a small q gives the largest.
func (f *few) quantile(q float64) int32 {
	if f.n < 2 {
		return 0
	}
	above := min(max(0, int(q*float64(f.n+1))-1), f.n-1)
	if f.needs[0] > confirmed*f.needs[1] {
		above = max(above, 1)
	}
	return f.needs[above]
}

// readFew reads the active steps of w if there are few in the recent ones of f, and more
// than one replica may be needed. Those before the recent steps are written to f.
func (s *scratch) readFew(f *event.Forecast, w series.Window) {
	s.few.n = 0
	recent := w.Counts[len(w.Counts)-len(f.Recent):]
	if begun(recent) >= fewActive || slices.Max(s.load) <= singleLoad {
		return
	}
	for i := len(w.Counts) - len(f.Recent) - 1; i >= 0 && len(f.Earlier) < maxEarlier; i-- {
		if need := s.need(w, i); need > 0 {
			f.Earlier = append(f.Earlier, event.Occurrence{Ago: len(w.Counts) - i, Need: need, Load: event.NewLoad(s.load[i])})
		}
	}
	slices.Reverse(f.Earlier)
	for _, e := range f.Earlier {
		s.few.add(e.Need, w.Counts[len(w.Counts)-e.Ago])
	}
	for i, need := range f.Recent {
		s.few.add(need, recent[i])
	}
	slices.SortFunc(s.few.needs[:s.few.n], func(a, b int32) int { return cmp.Compare(b, a) })
}

// add adds the need of a step, if it is active. A step in which no call began continues
// the burst before: long calls run on.
func (f *few) add(need, count int32) {
	switch {
	case need <= 0:
	case count <= 0 && f.n > 0:
		f.needs[f.n-1] = max(f.needs[f.n-1], need)
	case f.n < len(f.needs):
		f.needs[f.n] = need
		f.n++
	}
}

// begun returns the number of steps in which calls began.
func begun(counts []int32) int {
	n := 0
	for _, count := range counts {
		if count > 0 {
			n++
		}
	}
	return n
}
