package trace

import "sort"

// SecondCalls is the calls of a function in one second.
type SecondCalls struct {
	Second int32 // since the first minute of the trace began
	Calls  int32
}

// secondsUntil returns the part of seconds before a minute, without capacity beyond it.
func secondsUntil(seconds []SecondCalls, minute int) []SecondCalls {
	n := sort.Search(len(seconds), func(i int) bool { return int(seconds[i].Second) >= minute*60 })
	return seconds[:n:n]
}

// addSecond keeps the calls of a second of function i, which is not before those of other
// rows.
func (q *huaweiRequests) addSecond(i, second int, calls int32) {
	if calls > 0 {
		q.calls[i] = append(q.calls[i], SecondCalls{int32(second), calls})
	}
}

// secondsOf returns the calls of each second of function i, which count from minute start.
func (q *huaweiRequests) secondsOf(i, start int) []SecondCalls {
	if q.calls == nil {
		return nil
	}
	for j := range q.calls[i] {
		q.calls[i][j].Second -= int32(start * 60)
	}
	return q.calls[i]
}
