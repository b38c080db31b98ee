package trace

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// errTime says how times are written.
var errTime = errors.New("must be a time such as 2026-03-01T12:00:00Z, or Unix seconds, milliseconds, microseconds or nanoseconds, from 1973 to 2286; a column of seconds or minutes since the begin must be named second or minute")

// clock reads the times of one column. All of its numbers have the unit of the first.
type clock struct {
	since  float64 // seconds of one unit of numbers that count from the begin of the trace; 0 for Unix time
	unit   float64 // Unix: units per second, 0 before the first number
	layout string  // of the last date
}

// earliest and latest bound the times that are read, in Unix seconds: from 3 March 1973
// to 20 November 2286. Between them, the number of digits shows the unit of a Unix time:
// 9 or 10 are seconds, 12 or 13 milliseconds.
const earliest, latest = 1e8, 1e10

// seconds returns a time in seconds, since 1970 in UTC or, with since, since the begin
// of the trace. A date without a zone is in UTC.
func (c *clock) seconds(cell string) (float64, error) {
	if at, is := compactDate(cell); is && c.since == 0 {
		if c.unit != 0 {
			return 0, c.otherUnit()
		}
		c.layout = compactSecond
		return sinceEpoch(at), nil
	}
	// A column has one form: after a date, another one is likely.
	if c.layout != "" {
		return c.sinceUnix(cell)
	}
	v, err := strconv.ParseFloat(cell, 64)
	switch {
	case err == nil && c.since > 0:
		if !(v >= 0 && v*c.since < MaxMinutes*60) {
			return 0, errors.New("must be at least 0 and within 366 days")
		}
		return v * c.since, nil
	case err == nil:
		return c.unix(v)
	case c.since > 0:
		return 0, errors.New("must be a number, at least 0")
	}
	return c.sinceUnix(cell)
}

// sinceUnix returns the seconds since 1970 of a date.
func (c *clock) sinceUnix(cell string) (float64, error) {
	at, err := c.date(cell)
	if err != nil || at.Unix() < earliest || at.Unix() >= latest {
		return 0, errTime
	}
	return sinceEpoch(at), nil
}

// sinceEpoch returns the seconds from 1970 to a time.
func sinceEpoch(at time.Time) float64 { return float64(at.Unix()) + float64(at.Nanosecond())/1e9 }

// compactSecond and compactMinute are the forms of dates in digits alone.
const compactSecond, compactMinute = "20060102150405", "200601021504"

// compactDate returns a time such as 20260301120000, 20260301120000123 with milliseconds,
// or 202603011200, and whether it is a date from 1990 to 2099. As Unix milliseconds such
// numbers are before 2002 or after 2286.
func compactDate(cell string) (at time.Time, is bool) {
	digits, fraction, _ := strings.Cut(cell, ".")
	if strings.Trim(fraction, "0") == "" {
		cell = digits // a column of floating-point numbers
	}
	layout := compactSecond
	switch len(digits) {
	case len(compactMinute):
		layout = compactMinute
	case len(compactSecond):
	case len(compactSecond) + 3:
		cell = cell[:len(compactSecond)] + "." + cell[len(compactSecond):]
	default:
		return at, false
	}
	at, err := time.Parse(layout, cell)
	return at, err == nil && at.Year() >= 1990 && at.Year() < 2100
}

// unix returns the seconds of a Unix time in the unit of the column.
func (c *clock) unix(v float64) (float64, error) {
	unit := unitOf(v)
	if c.unit == 0 {
		c.unit = unit
	}
	if unit == 0 {
		return 0, errTime
	}
	if unit != c.unit {
		return 0, c.otherUnit()
	}
	return v / unit, nil
}

// otherUnit is the error of a number that is not in the unit of the column.
func (c *clock) otherUnit() error {
	return errors.New("must be a Unix time in the unit of the rows before, " + c.unitName())
}

// unitOf returns the units per second of a Unix time, 0 if it is none.
func unitOf(v float64) float64 {
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if v >= earliest*unit && v < latest*unit {
			return unit
		}
	}
	return 0
}

// unitName returns what numbers of the column are.
func (c *clock) unitName() string {
	return map[float64]string{1: "seconds", 1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}[c.unit]
}

// date reads a date in the form of the date before or, if it does not fit, in the
// first form that does. Dates that begin with a day or a month are not read, since
// both orders are in use.
func (c *clock) date(cell string) (time.Time, error) {
	if c.layout != "" {
		if at, err := time.Parse(c.layout, cell); err == nil {
			return at, nil
		}
	}
	for _, layout := range dateLayouts() {
		if at, err := time.Parse(layout, cell); err == nil {
			c.layout = layout
			return at, nil
		}
	}
	return time.Time{}, errTime
}

// dateLayouts returns the forms of dates. A fraction of a second may follow each
// second. Abbreviations of zones other than UTC do not say how far they are from it.
func dateLayouts() []string {
	layouts := []string{time.RFC3339, "02/Jan/2006:15:04:05 -0700", "20060102T150405Z0700"}
	for _, day := range []string{"2006-01-02T", "2006-01-02 ", "2006/01/02 "} {
		for _, hour := range []string{"15:04:05", "15:04"} {
			for _, zone := range []string{"", "Z07:00", "Z0700", " -0700", " Z07:00", " UTC", " -0700 UTC"} {
				layouts = append(layouts, day+hour+zone)
			}
		}
	}
	return layouts
}

// minuteOf returns the minute of a time in seconds.
func minuteOf(seconds float64) int { return int(math.Floor(seconds / 60)) }
