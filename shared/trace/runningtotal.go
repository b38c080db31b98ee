package trace

import "slices"

// runningTotalRows is how many counts show that they never fall.
const runningTotalRows = 60

// runningTotal reports whether the counts of f look like those of a counter: over many
// rows, by time, they never fall, and more than half of them rise.
func (f *countedFunction) runningTotal() bool {
	if len(f.calls) < runningTotalRows {
		return false
	}
	calls := f.callsByTime()
	if !slices.IsSorted(calls) {
		return false
	}
	rises := 0
	for i := 1; i < len(calls); i++ {
		if calls[i] > calls[i-1] {
			rises++
		}
	}
	return rises*2 > len(calls)
}

// callsByTime returns the counts in the order of their minutes, whatever the order of
// the rows. Those of one minute keep the order of the file, reversed if its newest row
// is the first.
func (f *countedFunction) callsByTime() []int32 {
	if slices.IsSorted(f.minutes) {
		return f.calls
	}
	order := make([]int, len(f.calls))
	for i := range order {
		order[i] = i
	}
	if f.minutes[0] > f.minutes[len(f.minutes)-1] {
		slices.Reverse(order)
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(f.minutes[a] - f.minutes[b]) })
	calls := make([]int32, len(order))
	for i, row := range order {
		calls[i] = f.calls[row]
	}
	return calls
}
