package trace

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ownColumns are the columns of a file of own data; an index is -1 if there is no such
// column.
type ownColumns struct {
	time, function, app, count, duration int
	series                               []int // columns of functions, of OwnSeries

	end       bool    // time is the end of a call
	since     float64 // seconds of a unit of time that counts from the begin of the trace; 0 for dates and Unix times
	perUnit   float64 // seconds of a unit of duration
	namespace bool    // app is the namespace of OpenFaaS, which follows the name
	problem   string  // why the file is not read, though it has a time
}

// Headings that are recognised, in small letters without spaces, dashes, underscores
// and dots.
func timeNames() []string {
	return []string{"timestamp", "time", "ts", "datetime", "date", "starttimestamp", "starttime", "start", "begin", "begintime",
		"eventtime", "eventtimestamp", "timegenerated", "invocationtime", "requesttime", "unix", "unixtime", "epoch", "utc", "timeutc", "timestampms", "timems"}
}
func endNames() []string { return []string{"endtimestamp", "endtime", "end", "finished", "finishtime"} }
func functionNames() []string {
	return []string{"function", "func", "fn", "functionname", "funcname", "functionid", "funcid", "name", "service", "servicename", "lambda", "hashfunction"}
}
func appNames() []string { return []string{"app", "application", "appname", "appid", "hashapp"} }
func countNames() []string {
	return []string{"count", "counts", "calls", "invocations", "requests", "hits", "n", "callcount", "requestcount", "invocationcount", "numcalls", "numrequests", "numinvocations"}
}

// sinceNames returns the headings of times since the begin, with the seconds of a unit.
func sinceNames() map[string]float64 {
	return map[string]float64{"second": 1, "seconds": 1, "minute": 60, "minutes": 60}
}

// durationUnits returns the endings of the headings of durations, with the seconds of a
// unit.
func durationUnits() map[string]float64 {
	return map[string]float64{"": 1, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "inseconds": 1,
		"ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "micros": 1e-6, "microseconds": 1e-6}
}

// durationUnit returns the seconds of a unit of a column of durations, 0 if it is none.
func durationUnit(key string) float64 {
	for _, name := range []string{"duration", "durations", "meanduration", "avgduration", "averageduration", "executiontime", "exectime", "runtime", "latency", "elapsed", "responsetime"} {
		if unit, found := strings.CutPrefix(key, name); found {
			if perUnit, known := durationUnits()[unit]; known {
				return perUnit
			}
		}
	}
	return 0
}

// key returns a heading in the form of the names above.
func key(heading string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", ".", "", "@", "", "(", "", ")", "", "[", "", "]", "").Replace(strings.ToLower(heading))
}

// ownKind returns the kind of a file of own data and sets own, or returns unknown.
func (s *sheet) ownKind() kind {
	c := s.roles()
	s.own = c
	if c.time < 0 {
		return unknown
	}
	if c.function < 0 && c.app < 0 {
		return s.seriesOrFile()
	}
	if c.count >= 0 {
		return ownCounts
	}
	if doubtful := s.doubtful(); doubtful != "" {
		s.own.problem = fmt.Sprintf("has the column %s, which may be a number of calls: name it count if each row is the calls of a step, otherwise leave it out", doubtful)
		return unknown
	}
	if s.onlyNumbers() {
		s.own.problem = fmt.Sprintf("has numbers in all columns, so that it may have a column per function, one of which is named %q: rename that column, or leave out those that are no function, time or duration", s.heading[max(c.function, c.app)])
		return unknown
	}
	return ownEvents
}

// roles finds the columns by their headings. The first column that fits has a role.
func (s *sheet) roles() ownColumns {
	c := ownColumns{time: -1, function: -1, app: -1, count: -1, duration: -1, perUnit: 1}
	take := func(role *int, i int, fits bool) bool {
		if fits && *role < 0 {
			*role = i
			return true
		}
		return false
	}
	for i, h := range s.heading {
		k := key(h)
		switch {
		case take(&c.time, i, slices.Contains(timeNames(), k)):
		case take(&c.time, i, sinceNames()[k] > 0):
			c.since = sinceNames()[k]
		case take(&c.time, i, slices.Contains(endNames(), k)):
			c.end = true
		case take(&c.function, i, slices.Contains(functionNames(), k)):
		case take(&c.app, i, slices.Contains(appNames(), k)):
		case take(&c.app, i, k == "namespace"):
			c.namespace = true
		case take(&c.count, i, slices.Contains(countNames(), k)):
		case take(&c.duration, i, durationUnit(k) > 0):
			c.perUnit = durationUnit(k)
		}
	}
	return c
}

// seriesOrFile returns the kind of a file without a column of functions: the calls of
// the function that the file is named after, or a column per function.
func (s *sheet) seriesOrFile() kind {
	others := 0
	for i := range s.heading {
		if i != s.own.time && i != s.own.duration {
			others++
		}
	}
	switch {
	case others == 0:
		return ownEvents
	case others == 1 && s.own.count >= 0:
		return ownCounts
	}
	s.own.count, s.own.duration = -1, -1
	for i := range s.heading {
		if i == s.own.time {
			continue
		}
		if !s.any(i, isCount) && !s.allEmpty(i) {
			s.own.problem = fmt.Sprintf("has no column of functions, such as function, and words in the column %q", s.heading[i])
			return unknown
		}
		s.own.series = append(s.own.series, i)
	}
	if len(s.rows) == 0 {
		return unknown
	}
	return ownSeries
}

// allEmpty reports whether a column has nothing in the first rows.
func (s *sheet) allEmpty(column int) bool {
	return !s.any(column, func(cell string) bool { return !isEmpty(cell) })
}

// isEmpty reports whether a cell says that there is no value.
func isEmpty(cell string) bool {
	return cell == "" || cell == "-" || slices.Contains([]string{"nan", "na", "n/a", "null", "none", "nil"}, strings.ToLower(cell))
}

// fileFunction returns the name of the function that a file is named after.
func (s *sheet) fileFunction() string {
	name := path.Base(s.name)
	for _, ext := range []string{".gz", path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))} {
		if cut := len(name) - len(ext); cut > 0 && strings.EqualFold(name[cut:], ext) {
			name = name[:cut]
		}
	}
	return name
}
