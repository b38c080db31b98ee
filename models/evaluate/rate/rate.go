// Package rate sorts functions by how often they are called, over the whole of
// their trace. It serves to group results and training data; no forecast sees
// it.
package rate

import "prewarm/shared/series"

// ActiveShare returns the share of the known steps of counts that have calls,
// 0 where none is known.
func ActiveShare(counts []int32) float64 {
	active, known := 0, 0
	for _, c := range counts {
		if c != series.NoData {
			known++
		}
		if c > 0 {
			active++
		}
	}
	return float64(active) / max(1, float64(known))
}

// DenseShare is the share of active minutes from which a function is dense:
// with calls in every fifth minute, or more, keep-alive of ten minutes rarely
// ends.
const DenseShare = 0.2

// Dense reports whether a function with these counts is dense; the others are
// sparse.
func Dense(counts []int32) bool { return ActiveShare(counts) >= DenseShare }

// Class is a class of functions by active minutes a day.
type Class int

// Classes is the number of classes.
const Classes = 4

// minutesPerDay scales the active share to a day.
const minutesPerDay = 1440

// ClassOf returns the class of a function with these counts of minutes, scaled
// to a day where more or fewer are known.
func ClassOf(counts []int32) Class {
	switch a := ActiveShare(counts) * minutesPerDay; {
	case a < 10:
		return 0
	case a < 100:
		return 1
	case a < 1000:
		return 2
	}
	return 3
}

// String names the active minutes a day of a class.
func (c Class) String() string {
	return [Classes]string{"below 10", "10 to 100", "100 to 1,000", "1,000 and more"}[c]
}
