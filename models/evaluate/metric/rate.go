package metric

import (
	"prewarm/shared/forecast/feature"
	"prewarm/shared/trace"
)

// DenseShare is the share of active minutes from which on a function is dense.
// With a call in every fifth minute or more, a keep-alive of ten minutes rarely
// ends, so that cold starts are few. The other functions are sparse.
const DenseShare = 0.2

// Dense reports whether a function with these counts per minute is dense. Like
// RateClassOf it uses the whole trace: it groups results and training data, and no
// forecast may use it.
func Dense(counts []int32) bool { return feature.ActiveShare(counts) >= DenseShare }

// RateClass is a class of functions by their active minutes a day.
type RateClass int

// RateClasses is the number of classes. The classes are 0 to RateClasses-1.
const RateClasses = 4

// RateClassOf returns the class of a function with these counts per minute. A
// trace that is longer or shorter is scaled to one day.
func RateClassOf(counts []int32) RateClass {
	switch a := feature.ActiveShare(counts) * trace.MinutesPerDay; {
	case a < 10:
		return 0
	case a < 100:
		return 1
	case a < 1000:
		return 2
	}
	return 3
}

// String returns the active minutes a day of the class.
func (c RateClass) String() string {
	return [RateClasses]string{"below 10", "10 to 100", "100 to 1,000", "1,000 and more"}[c]
}
