package series

import "fmt"

// Runs returns values that are at least 0 in the form in which they travel: -n stands for n
// more of the value before it, or for n zeros at the begin. FromRuns restores them. A list that
// changes rarely is short, however many steps it has.
func Runs[T ~int32 | ~float32](values []T) []T {
	var runs []T
	last, more := T(0), 0
	for _, v := range values {
		if v == last {
			more++
			continue
		}
		if more > 0 {
			runs = append(runs, -T(more))
		}
		runs, last, more = append(runs, v), v, 0
	}
	if more > 0 {
		runs = append(runs, -T(more))
	}
	return runs
}

// FromRuns returns the values of runs, at most the given number of them. The error names field,
// bound and value. NaN is not a number of steps, and is returned as a value.
func FromRuns[T ~int32 | ~float32](field string, runs []T, most int) ([]T, error) {
	steps := 0
	for i, v := range runs {
		if v < 0 && (!(v >= -T(most)) || v != T(int(v))) {
			return nil, fmt.Errorf("%s[%d] must be at least 0, or a whole number of steps down to %d, was: %v", field, i, -most, v)
		}
		if steps += stepsOf(v); steps > most {
			return nil, fmt.Errorf("%s must have at most %d steps, had: %d or more", field, most, steps)
		}
	}
	if steps == 0 {
		return nil, nil
	}
	values, last := make([]T, 0, steps), T(0)
	for _, v := range runs {
		if !(v < 0) {
			last = v
		}
		for range stepsOf(v) {
			values = append(values, last)
		}
	}
	return values, nil
}

// stepsOf returns the number of steps that an element of runs stands for: -v if it repeats
// the value before it, else 1.
func stepsOf[T ~int32 | ~float32](v T) int {
	if v < 0 {
		return -int(v)
	}
	return 1
}
