package trace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
)

// files are the CSV files of a directory by their kind, which follows from the
// heading or the folder.
type files struct {
	invocations, durations, singleDay, regions []string
	requests, delays                           []string
	coldStarts, triggers, events               []string
}

// of returns the files that belong to a layout.
func (f files) of(l Layout) []string {
	switch l {
	case Azure2019:
		return slices.Concat(f.invocations, f.durations)
	case Azure2019SingleDay:
		return f.singleDay
	case Huawei2023:
		return slices.Concat(f.requests, f.delays)
	case Huawei2025:
		return slices.Concat(f.coldStarts, f.triggers)
	case Azure2021:
		return f.events
	}
	return f.regions
}

// scan finds the trace files of a directory, and the files of cold starts in the
// folders below it, which may be one per region or day. Files with other content,
// such as memory percentiles, are skipped.
func scan(fsys fs.FS) (files, error) {
	var found files
	names, err := csvFiles(fsys, ".")
	if err != nil {
		return found, err
	}
	for _, name := range names {
		if err := found.add(fsys, name); err != nil {
			return found, err
		}
	}
	// Besides Huawei2023, whose two folders have fixed names, only the cold-start
	// release comes in folders.
	if err := found.addFolders(fsys); err != nil {
		return found, err
	}
	if found.requests, err = csvFiles(fsys, "requests_minute"); err != nil {
		return found, err
	}
	found.delays, err = csvFiles(fsys, "function_delay_minute")
	return found, err
}

// csvFiles lists the CSV files of a folder in the order of their names. It returns
// none if there is no such folder.
func csvFiles(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	// A missing folder means another layout. A missing directory is the caller's
	// mistake.
	if dir != "." && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isTable(e.Name()) {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	// The names of days and parts sort in the order of time, on which the readers
	// rely.
	sort.Strings(names)
	return names, nil
}

// isTable reports whether a file may be one of a trace. Azure2021 is published
// as .txt.
func isTable(name string) bool {
	ext := path.Ext(name)
	return ext == ".csv" || ext == ".txt"
}

// folderDepth bounds how deep the files of cold starts may lie: cold_start/R1/.
const folderDepth = 3

// addFolders adds the files of cold starts in the folders below the directory.
func (f *files) addFolders(fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && strings.Count(name, "/") >= folderDepth:
			// Deeper folders are not walked: they may be large and unrelated.
			return fs.SkipDir
		case e.IsDir() || !strings.Contains(name, "/") || !isTable(name):
			return nil
		}
		heading, err := firstColumns(fsys, name)
		f.addStarts(name, heading)
		return err
	})
}

// addStarts adds a file if its heading is one of the cold-start release.
func (f *files) addStarts(name string, heading []string) {
	switch {
	case hasColumns(heading, startHeadings()[:startTotal]):
		f.coldStarts = append(f.coldStarts, name)
	case hasColumns(heading, triggerHeadings()):
		f.triggers = append(f.triggers, name)
	}
}

// hasColumns reports whether a heading has all of the columns, in any order.
func hasColumns(heading, columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(heading, c) })
}

// beginsWith reports whether a heading begins with the columns.
func beginsWith(heading []string, columns ...string) bool {
	return len(heading) >= len(columns) && slices.Equal(heading[:len(columns)], columns)
}

// add adds a file to those of the kind that its heading shows.
func (f *files) add(fsys fs.FS, name string) error {
	heading, err := firstColumns(fsys, name)
	if err != nil {
		return err
	}
	switch {
	case beginsWith(heading, "HashOwner", "HashApp", "HashFunction", "Trigger"):
		f.invocations = append(f.invocations, name)
	case beginsWith(heading, "HashOwner", "HashApp", "HashFunction", "Average"):
		f.durations = append(f.durations, name)
	case beginsWith(heading, "fn") && len(heading) > 1:
		f.singleDay = append(f.singleDay, name)
	case beginsWith(heading, "minute", "cold_starts"):
		f.regions = append(f.regions, name)
	// By heading and not by name: the name of a downloaded file is arbitrary.
	case hasColumns(heading, invocationHeadings()):
		f.events = append(f.events, name)
	default:
		f.addStarts(name, heading)
	}
	return nil
}

// headingBytes bounds how much of a file is read to recognise its layout. The
// columns that show it come before those of the minutes, of which there are many.
const headingBytes = 4 << 10

// firstColumns returns the columns of a heading within the first headingBytes of a
// file.
func firstColumns(fsys fs.FS, name string) ([]string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	heading, _, _ := ReadHeading(io.LimitReader(f, headingBytes)) // an unreadable file is of no known layout
	return heading, nil
}

// layout returns the layout of the files. The error wraps ErrLayout if there are
// files of none or of several.
func (f files) layout() (Layout, error) {
	var seen []string
	for _, l := range []struct {
		layout Layout
		files  []string
	}{
		{Azure2019, f.invocations}, {Azure2019SingleDay, f.singleDay},
		{Huawei2023, f.requests}, {Huawei2025Regions, f.regions},
		{Huawei2025, f.coldStarts}, {Azure2021, f.events},
	} {
		if len(l.files) > 0 {
			seen = append(seen, string(l.layout))
		}
	}
	switch len(seen) {
	case 1:
		return Layout(seen[0]), nil
	case 0:
		return "", fmt.Errorf("%w: want files that begin with HashOwner,HashApp,HashFunction,Trigger or fn,1 or minute,cold_starts or app,func,end_timestamp,duration, or that have the columns time, funcName, userID and podID, or a folder requests_minute", ErrLayout)
	}
	return "", fmt.Errorf("%w: files of several layouts: %s", ErrLayout, strings.Join(seen, ", "))
}
