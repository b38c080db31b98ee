package seconds

import (
	"math"
	"slices"
)

// timetable has the times at which something will happen, the earliest first: a binary
// heap. The zero value is empty.
type timetable []float64

// next returns the earliest time, +Inf if there is none.
func (t timetable) next() float64 {
	if len(t) == 0 {
		return math.Inf(1)
	}
	return t[0]
}

// add adds a time.
func (t *timetable) add(at float64) {
	h := append(*t, 0)
	i := len(h) - 1
	for ; i > 0; i = (i - 1) / 2 {
		parent := h[(i-1)/2]
		if parent <= at {
			break
		}
		h[i] = parent
	}
	h[i] = at
	*t = h
}

// remove removes the earliest time. It panics if there is none.
func (t *timetable) remove() {
	h := *t
	last := h[len(h)-1]
	h = h[:len(h)-1]
	*t = h
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if last <= h[child] {
			break
		}
		h[i] = h[child]
		i = child
	}
	if len(h) > 0 {
		h[i] = last
	}
}

// truncate keeps the n earliest times.
func (t *timetable) truncate(n int) {
	slices.Sort(*t) // sorted is a heap too
	*t = (*t)[:n]
}
