package trace

import (
	"slices"
	"strconv"
)

// doubtful returns the heading of a column that may count calls: one with a name of
// totals and rates, or numbers as the only column beside time and function.
func (s *sheet) doubtful() string {
	for i, h := range s.heading {
		if slices.Contains([]string{"value", "total", "sum", "rate", "rps", "qps", "calltotal", "requesttotal", "requeststotal", "invocationstotal", "gatewayfunctioninvocationtotal"}, key(h)) {
			return strconv.Quote(h)
		}
		only := len(s.heading) == 3 && i != s.own.time && i != s.own.function && i != s.own.app && i != s.own.duration
		if only && s.any(i, isCount) {
			return strconv.Quote(h)
		}
	}
	return ""
}

// isCount reports whether a cell is a number.
func isCount(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

// onlyNumbers reports whether the names of functions are numbers, and so are two or more columns
// that have no role.
func (s *sheet) onlyNumbers() bool {
	c, free := s.own, 0
	for i := range s.heading {
		if i == c.time || i == c.duration {
			continue
		}
		if s.any(i, func(cell string) bool { return !isCount(cell) && !isEmpty(cell) }) {
			return false
		}
		if i != c.function && i != c.app {
			free++
		}
	}
	return free >= 2 && len(s.rows) > 0
}
