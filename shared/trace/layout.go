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

// files are the CSV files of a directory by what their headings say.
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

// scan sorts the files of a directory by their headings, and those with cold
// starts in the folders below, one a region or a day. Files of other content,
// such as memory percentiles, are left aside.
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
	if err := found.addFolders(fsys); err != nil {
		return found, err
	}
	if found.requests, err = csvFiles(fsys, "requests_minute"); err != nil {
		return found, err
	}
	found.delays, err = csvFiles(fsys, "function_delay_minute")
	return found, err
}

// csvFiles lists the CSV files of a folder in order of name, none where there
// is no such folder.
func csvFiles(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
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
	sort.Strings(names)
	return names, nil
}

// isTable reports whether a file may be one of a trace. Azure2021 is published
// as .txt.
func isTable(name string) bool {
	ext := path.Ext(name)
	return ext == ".csv" || ext == ".txt"
}

// folderDepth is how deep folders with cold starts may lie: cold_start/R1/.
const folderDepth = 3

// addFolders adds the files with cold starts below the directory.
func (f *files) addFolders(fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && strings.Count(name, "/") >= folderDepth:
			return fs.SkipDir
		case e.IsDir() || !strings.Contains(name, "/") || !isTable(name):
			return nil
		}
		head, err := firstBytes(fsys, name)
		f.addStarts(name, head)
		return err
	})
}

// addStarts files name if its heading is one of the cold-start release.
func (f *files) addStarts(name, head string) {
	switch {
	case hasColumns(head, startHeadings()[:startTotal]):
		f.coldStarts = append(f.coldStarts, name)
	case hasColumns(head, triggerHeadings()):
		f.triggers = append(f.triggers, name)
	}
}

// hasColumns reports whether the heading that a file begins with has all of
// the columns, in any order.
func hasColumns(head string, columns []string) bool {
	line, _, _ := strings.Cut(head, "\n")
	found := strings.Split(strings.TrimSuffix(line, "\r"), ",")
	for _, c := range columns {
		if !slices.Contains(found, c) {
			return false
		}
	}
	return true
}

// add files name under what its heading says.
func (f *files) add(fsys fs.FS, name string) error {
	head, err := firstBytes(fsys, name)
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(head, "HashOwner,HashApp,HashFunction,Trigger,"):
		f.invocations = append(f.invocations, name)
	case strings.HasPrefix(head, "HashOwner,HashApp,HashFunction,Average,"):
		f.durations = append(f.durations, name)
	case strings.HasPrefix(head, "fn,"):
		f.singleDay = append(f.singleDay, name)
	case strings.HasPrefix(head, "minute,cold_starts"):
		f.regions = append(f.regions, name)
	case hasColumns(head, invocationHeadings()):
		f.events = append(f.events, name)
	default:
		f.addStarts(name, head)
	}
	return nil
}

// firstBytes returns the beginning of a file, at most 256 bytes.
func firstBytes(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head) // an unreadable file is of no known layout
	return strings.TrimPrefix(string(head[:n]), "\ufeff"), nil
}

// layout returns the one layout that files were found of.
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
