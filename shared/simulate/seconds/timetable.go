package seconds

import (
	"math"
	"slices"
)

// timetable has what will happen, the earliest first: a binary heap. The zero value is
// empty.
type timetable []event

// event is that n slots or replicas become free or ready.
type event struct {
	at float64
	n  int64
}

// next returns the time of the earliest event, +Inf if there is none.
func (t timetable) next() float64 {
	if len(t) == 0 {
		return math.Inf(1)
	}
	return t[0].at
}

// add adds an event.
func (t *timetable) add(at float64, n int64) {
	h := append(*t, event{})
	i := len(h) - 1
	for ; i > 0; i = (i - 1) / 2 {
		parent := h[(i-1)/2]
		if parent.at <= at {
			break
		}
		h[i] = parent
	}
	h[i] = event{at, n}
	*t = h
}

// remove removes the earliest event and returns its number. It panics if there is none.
func (t *timetable) remove() int64 {
	h := *t
	n := h[0].n
	last := h[len(h)-1]
	h = h[:len(h)-1]
	*t = h
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if last.at <= h[child].at {
			break
		}
		h[i] = h[child]
		i = child
	}
	if len(h) > 0 {
		h[i] = last
	}
	return n
}

// truncate keeps the first n events.
func (t *timetable) truncate(n int) {
	// Sorted is a heap too.
	slices.SortFunc(*t, func(a, b event) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	*t = (*t)[:n]
}
