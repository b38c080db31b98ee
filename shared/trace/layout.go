package trace

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// kind is what a file of a trace has, as its heading and its folder show.
type kind int

const (
	unknown kind = iota // of no trace
	invocations
	durations
	applicationMemory
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
		{Azure2019, []kind{invocations, durations, applicationMemory}},
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
// with other content, such as the CPU use of a trace of Huawei, are unknown.
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
