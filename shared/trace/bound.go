package trace

import "fmt"

// maxCounts bounds the counts that are in memory at once, of 4 bytes each: a small file
// with a wrong date or many columns would otherwise take all of it.
const maxCounts = 1 << 30

// bounded returns an error if there are more counts than maxCounts.
func bounded(functions, minutes int) error {
	if int64(functions)*int64(minutes) <= maxCounts {
		return nil
	}
	return fmt.Errorf("functions times minutes must be at most %d, was: %d functions and %d minutes: look for a wrong time, or read fewer functions or days", maxCounts, functions, minutes)
}
