package trace

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Summary says what was read of a trace and what was left out.
type Summary struct {
	Rows         int64     // rows below the headings, malformed ones included
	BadRows      int       // malformed rows, which were left out
	BadDurations int       // malformed durations, which count as unknown
	BadMemory    int       // malformed rows of memory, which count as unknown
	First        *RowError // the first malformed cell or row, nil if there is none
	Notes        []string  // what the reader took for granted, a sentence each without a full stop
}

// String returns what was left out in one line, or "" if nothing was.
func (s Summary) String() string {
	var parts []string
	if s.BadRows > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d rows were malformed and left out", s.BadRows, s.Rows))
	}
	if s.BadDurations > 0 {
		parts = append(parts, fmt.Sprintf("%d durations were malformed and count as unknown", s.BadDurations))
	}
	if s.BadMemory > 0 {
		parts = append(parts, fmt.Sprintf("%d rows of memory were malformed and count as unknown", s.BadMemory))
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, ", ")
	if s.First != nil {
		text += fmt.Sprintf("; the first: %v", s.First)
	}
	return text
}

// note adds a note, once.
func (s *Summary) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(s.Notes, text) {
		s.Notes = append(s.Notes, text)
	}
}

// leftOut counts a malformed row or duration and returns nil. Any other error, and
// each one with Options.Strict, is returned as it is.
func (o Options) leftOut(err error, count *int) error {
	var bad *RowError
	if o.Strict || !errors.As(err, &bad) {
		return err
	}
	*count++
	if o.summary.First == nil {
		o.summary.First = bad
	}
	return nil
}
