package trace

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// kind is what a file of a trace has, as its heading and its folder show.
type kind int

const (
	unknown kind = iota // of no trace
	invocations
	durations
	singleDay
	regionStarts
	minuteRequests
	secondRequests
	delays
	coldStarts
	triggerTypes
	requestTable
	relativeEvents
	ownEvents
	ownCounts
	ownSeries
)

// layouts returns the kinds of file that show a layout, with the kinds that may lie
// beside them. Files of own data are recognised by less than those of published traces,
// and count only if there are none of those.
func layouts() (published, own []layoutKinds) {
	published = []layoutKinds{
		{Azure2019, []kind{invocations, durations}},
		{Azure2019SingleDay, []kind{singleDay}},
		{Huawei2023, []kind{minuteRequests, delays}},
		{Huawei2023, []kind{secondRequests, delays}},
		{Huawei2025Regions, []kind{regionStarts}},
		{Huawei2025, []kind{coldStarts, triggerTypes}},
		{Huawei2025Requests, []kind{requestTable, triggerTypes}},
		{Azure2021, []kind{relativeEvents}},
	}
	return published, []layoutKinds{{OwnEvents, []kind{ownEvents}}, {OwnCounts, []kind{ownCounts}}, {OwnSeries, []kind{ownSeries}}}
}

// layoutKinds is a layout with the kinds of its files; the first one shows it.
type layoutKinds struct {
	layout Layout
	kinds  []kind
}

// files are the files of a directory by their kind, in the order of their paths.
type files map[kind][]sheet

// paths returns the paths of the files of a layout.
func (f files) paths(l layoutKinds) (paths []string) {
	for _, k := range l.kinds {
		for _, s := range f[k] {
			paths = append(paths, s.name)
		}
	}
	return paths
}

// layout returns the layout of the files. The error wraps ErrLayout if there are files
// of none or of several.
func (f files) layout() (layoutKinds, error) {
	published, own := layouts()
	for _, candidates := range [][]layoutKinds{published, own} {
		seen := slices.DeleteFunc(candidates, func(l layoutKinds) bool { return len(f[l.kinds[0]]) == 0 })
		// The requests per second are the same calls as those per minute.
		seen = slices.DeleteFunc(seen, func(l layoutKinds) bool { return l.kinds[0] == secondRequests && len(f[minuteRequests]) > 0 })
		switch len(seen) {
		case 0:
			continue
		case 1:
			return seen[0], nil
		}
		var names []string
		for _, l := range seen {
			names = append(names, fmt.Sprintf("%s (%s)", l.layout, f[l.kinds[0]][0].name))
		}
		return layoutKinds{}, fmt.Errorf("%w: files of several layouts: %s; name one file, or a folder with one of them", ErrLayout, strings.Join(names, ", "))
	}
	return layoutKinds{}, f.unrecognised()
}

// folderDepth bounds how deep the files of a trace may lie: cold_start/R1/part/.
const folderDepth = 3

// scan finds the files of a trace in a directory and in the folders below it. Files
// with other content, such as memory percentiles, are unknown.
func scan(fsys fs.FS, o Options) (files, error) {
	found := files{}
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.Count(name, "/") >= folderDepth || hidden(e.Name())):
			// Deeper folders are not walked: they may be large and unrelated.
			return fs.SkipDir
		case e.IsDir() || hidden(e.Name()):
			return nil
		case !isTable(name):
			found[unknown] = append(found[unknown], sheet{name: name, content: "not named .csv, .tsv or .txt"})
			return nil
		}
		return found.add(fsys, name, o)
	})
	return found, err
}

// hidden reports whether a file or folder is left aside for its name. Archives made on
// macOS have a folder __MACOSX with files of the same names.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// isTable reports whether a file may be one of a trace. Azure2021 is published as
// .txt.
func isTable(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return slices.Contains([]string{".csv", ".tsv", ".txt"}, path.Ext(name))
}

// add adds a file to those of the kind that it shows.
func (f files) add(fsys fs.FS, name string, o Options) error {
	s, err := readSheet(fsys, name)
	if err != nil {
		return err
	}
	s.place = path.Join(o.base, name)
	k := s.kind()
	f[k] = append(f[k], s)
	return nil
}

// kind returns what a file has. It sets own for own data.
// By heading and not by name: the name of a downloaded file is arbitrary.
func (s *sheet) kind() kind {
	switch {
	case s.beginsWith("HashOwner", "HashApp", "HashFunction", "Trigger"):
		return invocations
	case s.beginsWith("HashOwner", "HashApp", "HashFunction", "Average"):
		return durations
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
