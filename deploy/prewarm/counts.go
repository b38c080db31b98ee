package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/series"
)

// maxLines bounds the lines of a file of counts; only the last series.MaxSteps of them count.
const maxLines = 1_000_000

// counts is what a file of counts says: the calls of each step, oldest first, and when the
// first of them began.
type counts struct {
	calls []int32   // series.NoData if unknown
	begin time.Time // zero if the file has no times
}

// readCounts reads counts of one function, one step a line, oldest first:
//
//	calls           or    time,calls
//	3                     2026-01-31T08:00:00Z,3
//
// Calls are a whole number, or empty, - or -1 for a step that was not measured. Times are
// RFC 3339 or Unix seconds, a step apart. A first line that is not a number is a heading. Blank
// lines are refused between steps, since a step would be missing without a word.
func readCounts(r io.Reader, step time.Duration) (counts, error) {
	in := bufio.NewScanner(r)
	var out counts
	var last time.Time
	line := 0
	for in.Scan() {
		line++
		text := strings.TrimSpace(strings.TrimPrefix(in.Text(), "\ufeff"))
		n, at, err := readCount(text)
		if err != nil && line == 1 && text != "" {
			continue // the heading
		}
		if err == nil && line <= maxLines {
			err = follows(at, last, len(out.calls) > 0, step)
		}
		if err != nil || line > maxLines {
			return out, fmt.Errorf("line %d of at most %d: %w", line, maxLines, err)
		}
		if len(out.calls) == 0 {
			out.begin = at
		}
		out.calls, last = append(out.calls, n), at
	}
	if err := in.Err(); err != nil {
		return out, fmt.Errorf("line %d: %w", line+1, err)
	}
	return out.tail(step), nil
}

// tail keeps the last series.MaxSteps steps.
func (c counts) tail(step time.Duration) counts {
	if drop := len(c.calls) - series.MaxSteps; drop > 0 {
		c.calls = c.calls[drop:]
		if !c.begin.IsZero() {
			c.begin = c.begin.Add(time.Duration(drop) * step)
		}
	}
	return c
}

// readCount reads one line.
func readCount(text string) (n int32, at time.Time, err error) {
	when, calls, timed := strings.Cut(text, ",")
	if !timed {
		when, calls = "", text
	}
	if timed {
		if at, err = readTime(strings.TrimSpace(when)); err != nil {
			return 0, at, err
		}
	}
	switch calls = strings.TrimSpace(calls); {
	case calls == "-" || calls == "-1" || calls == "" && timed:
		return series.NoData, at, nil
	}
	v, err := strconv.ParseInt(calls, 10, 32)
	if err != nil || v < 0 {
		return 0, at, fmt.Errorf("calls must be a whole number from 0 to %d, or - if unknown, were: %.40q", math.MaxInt32, calls)
	}
	return int32(v), at, nil
}

// readTime reads a time in RFC 3339 or Unix seconds.
func readTime(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds > 0 && seconds < 1<<36 {
		return time.Unix(seconds, 0), nil
	}
	return time.Time{}, fmt.Errorf("time must be in RFC 3339 or Unix seconds, was: %.40q", text)
}

// follows checks that a line is the step after the one before.
func follows(at, last time.Time, any bool, step time.Duration) error {
	switch {
	case !any && !at.IsZero() && at.Unix()%int64(step.Seconds()) != 0:
		return fmt.Errorf("time must be the begin of a step of %v, was: %s", step, at.UTC().Format(time.RFC3339))
	case any && at.IsZero() != last.IsZero():
		return fmt.Errorf("all lines must have a time, or none")
	case any && !at.IsZero() && at.Sub(last) != step:
		return fmt.Errorf("time must be a step of %v after the line before, was: %v after it", step, at.Sub(last))
	}
	return nil
}
