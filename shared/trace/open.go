package trace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// ErrLayout means that the files of a directory are of no known layout, or of
// several.
var ErrLayout = errors.New("layout not recognised")

// Options says how to read a trace. The zero value is strict and silent.
type Options struct {
	// SkipBadRows leaves malformed rows out and counts them in Trace.Skipped.
	// By default the first one ends the reading with a *RowError.
	SkipBadRows bool

	// Region is that of the functions in files of Huawei2025 and
	// Huawei2025Regions whose path does not name one.
	Region string

	// Progress, if set, is told how far the reading has come, every 65,536
	// rows and at the end of each file, between two rows.
	Progress func(Progress)

	meter *meter // what Progress is told
}

// Open reads the trace in a directory; the layout is recognised from the
// files. The name of the directory may be that of a region, as in R1. Errors
// wrap ErrLayout or *RowError where they apply.
func Open(dir string) (*Trace, error) {
	t, err := Read(os.DirFS(dir), Options{Region: regionOf(filepath.ToSlash(filepath.Base(dir)), "")})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", dir, err)
	}
	return t, nil
}

// Read is Open for a file system and with options.
func Read(fsys fs.FS, o Options) (*Trace, error) {
	t, functions, err := Stream(fsys, o)
	if err != nil {
		return nil, err
	}
	t.Functions = slices.Collect(functions)
	return t, nil
}

// Stream is Read for traces whose counts do not fit into memory: the trace has
// no functions, they come one by one. Of Huawei2025 and Azure2021 only one
// function's counts are in memory at a time, besides 4 bytes an event: the 31
// days of all regions, 12,633 functions with 12 million cold starts, take
// 2.3 GB to Read, but about 200 MB to Stream. The functions may be gone
// through more than once.
func Stream(fsys fs.FS, o Options) (*Trace, iter.Seq[Function], error) {
	found, err := scan(fsys)
	if err != nil {
		return nil, nil, err
	}
	layout, err := found.layout()
	if err != nil {
		return nil, nil, err
	}
	o.meter = newMeter(fsys, found.of(layout), o.Progress)
	if layout == Huawei2025 || layout == Azure2021 {
		return streamEvents(fsys, layout, found, o)
	}
	t, err := readCounts(fsys, layout, found, o)
	if err != nil {
		return nil, nil, err
	}
	t.Layout = layout
	functions := t.Functions
	t.Functions = nil
	return t, slices.Values(functions), t.check(len(functions))
}

// streamEvents reads a layout with one row an event.
func streamEvents(fsys fs.FS, layout Layout, found files, o Options) (*Trace, iter.Seq[Function], error) {
	var log *eventLog
	var err error
	if layout == Azure2021 {
		log, err = readAzure2021(fsys, found.events, o)
	} else {
		log, err = readHuawei2025(fsys, found.coldStarts, o)
	}
	if err != nil {
		return nil, nil, err
	}
	t := log.head()
	return t, log.all(), t.check(len(log.functions))
}

// readCounts reads a layout that has the counts of minutes.
func readCounts(fsys fs.FS, layout Layout, found files, o Options) (*Trace, error) {
	switch layout {
	case Azure2019:
		return readAzure2019(fsys, found.invocations, found.durations, o)
	case Azure2019SingleDay:
		return readSingleDay(fsys, found.singleDay, o)
	case Huawei2023:
		return readHuawei2023(fsys, found.requests, found.delays, o)
	}
	return readRegions(fsys, found.regions, o)
}

// check refuses a trace that holds nothing.
func (t *Trace) check(functions int) error {
	if functions == 0 || t.Minutes == 0 {
		return fmt.Errorf("%s: no function with data (%d malformed rows left out)", t.Layout, t.Skipped)
	}
	return nil
}

// files are the CSV files of a directory by what their headings say.
type files struct {
	invocations, durations, singleDay, regions []string
	requests, delays                           []string
	coldStarts, events                         []string
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
		return f.coldStarts
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
		if err == nil && hasColumns(head, startHeadings()[:4]) {
			f.coldStarts = append(f.coldStarts, name)
		}
		return err
	})
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
	case hasColumns(head, startHeadings()[:4]):
		f.coldStarts = append(f.coldStarts, name)
	case hasColumns(head, invocationHeadings()):
		f.events = append(f.events, name)
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
