package trace

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// kind returns what a file has. It sets own for own data.
// By heading and not by name: the name of a downloaded file is arbitrary.
func (s *sheet) kind() kind {
	switch {
	case s.beginsWith("HashOwner", "HashApp", "HashFunction", "Trigger"):
		return invocations
	case s.beginsWith("HashOwner", "HashApp", "HashFunction", "Average"):
		return durations
	case s.beginsWith("HashOwner", "HashApp", "SampleCount"):
		return applicationMemory
	case s.beginsWith("fn") && len(s.heading) > 1 && isNumber(s.heading[1]):
		return singleDay
	case s.beginsWith("minute", "cold_starts"):
		return regionStarts
	case s.has(requestHeadings()):
		return requestTable
	case s.has(startHeadings()[:startTotal]):
		return coldStarts
	case s.has(triggerHeadings()):
		return triggerTypes
	case s.beginsWith("day", "time") && len(s.heading) > 2:
		return seriesKind(s.place)
	case s.has(invocationHeadings()) && s.relative():
		return relativeEvents
	}
	own := s.ownKind()
	if own == unknown && s.own.problem == "" && s.beginsWith("fn") && len(s.heading) > 1 {
		return singleDay // with a heading that its reader can name
	}
	return own
}

// isNumber reports whether a text is a whole number.
func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// relative reports whether the times of invocations count from the begin of the trace,
// as published, and are not dates or Unix times.
func (s *sheet) relative() bool {
	end := s.column("end_timestamp")
	return !s.any(end, func(cell string) bool { _, err := new(clock).seconds(cell); return err == nil })
}

// seriesKind returns the kind of a file with a row per minute or second and a column
// per function, by the innermost folder that says what is counted. Without such a
// folder it is taken as calls: other measures are no whole numbers.
func seriesKind(place string) kind {
	for dir := path.Dir(place); dir != "." && dir != "/"; dir = path.Dir(dir) {
		switch name := strings.ToLower(path.Base(dir)); {
		case name == "requests_second":
			return secondRequests
		case strings.Contains(name, "requests"):
			return minuteRequests
		case name == "function_delay_minute":
			return delays
		case isMeasure(name):
			return unknown
		}
	}
	return minuteRequests
}

// isMeasure reports whether a folder of Huawei 2023 or 2025 has another measure than
// calls: those of 2023 end with their step, those of 2025 are the columns of its
// tables.
func isMeasure(name string) bool {
	columns := []string{"buscost", "cpu_usage", "deploycodecost", "deploydependencycost", "frontendcost", "memory_usage",
		"num_cold_starts", "num_pods", "podallocationcost", "readbodycost", "requestbodysize", "runtimecost", "schedulingcost",
		"totalcost", "totalcost_cold_start", "totalcost_frontend", "workercost", "writerspcost"}
	return strings.HasSuffix(name, "_minute") || strings.HasSuffix(name, "_second") || slices.Contains(columns, name)
}
