package trace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ErrLayout means that the files of a directory have no known layout, or several.
var ErrLayout = errors.New("layout not recognised")

// Options says how to read a trace. The zero value leaves malformed rows out, and is
// silent.
type Options struct {
	// Strict ends the reading with a *RowError at the first malformed row or
	// duration. By default they are left out and counted in Trace.Summary.
	Strict bool

	// Step is the time that a count of own data covers, from the time of its row on;
	// 0 takes it from the distances of the rows.
	Step time.Duration

	// Input is what Load reads for the path Stdin.
	Input io.Reader

	// Region is the region of the functions in files of Huawei2025 and
	// Huawei2025Regions whose path does not name one.
	Region string

	// Progress, if set, is called every 65,536 rows and at the end of each file.
	Progress func(Progress)

	meter   *meter   // calls Progress
	summary *Summary // of the trace
	base    string   // name of the directory, "" if unknown
}

// Stdin is the path for which Load reads Options.Input.
const Stdin = "-"

// Open is Load without options.
func Open(path string) (*Trace, error) { return Load(path, Options{}) }

// Load reads the trace at a path: a directory, a file, or Stdin. The layout is
// recognised from the files. If a directory is named after a region, as R1, its
// functions are of that region. Trace.Summary says what was left out. Errors name the
// path; they wrap ErrLayout if the layout is not recognised, and *RowError if a row is
// malformed and that ends the reading.
func Load(path string, o Options) (*Trace, error) {
	o.Region = regionOf(filepath.ToSlash(filepath.Base(path)), o.Region)
	t, err := Read(os.DirFS(path), o)
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", path, err)
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

// Stream is Read for traces whose counts do not fit into memory. It returns the trace
// without functions, and a sequence of them that may be iterated more than once.
//
// Of Huawei2025 and Azure2021 it keeps 4 bytes per event, and makes the counts of
// one function at a time: the 31 days of all regions, 12,633 functions with 12
// million cold starts, take 2.3 GB with Read but about 200 MB with Stream. The other
// layouts are in memory as a whole.
func Stream(fsys fs.FS, o Options) (*Trace, iter.Seq[Function], error) {
	o.summary = &Summary{}
	found, err := scan(fsys)
	if err != nil {
		return nil, nil, err
	}
	layout, err := found.layout()
	if err != nil {
		return nil, nil, err
	}
	// The files are known before the first is read, so that the progress has a
	// total.
	o.meter = newMeter(fsys, found.of(layout), o.Progress)
	if layout == Huawei2025 || layout == Azure2021 {
		return streamEvents(fsys, layout, found, o)
	}
	t, err := readCounts(fsys, layout, found, o)
	if err != nil {
		return nil, nil, err
	}
	t.Layout, t.Summary = layout, *o.summary
	// The functions are handed out by the sequence alone; the trace of the caller
	// has none, as documented.
	functions := t.Functions
	t.Functions = nil
	return t, slices.Values(functions), t.check(len(functions))
}

// streamEvents reads a layout that has one row per event.
func streamEvents(fsys fs.FS, layout Layout, found files, o Options) (*Trace, iter.Seq[Function], error) {
	var log *eventLog
	var err error
	if layout == Azure2021 {
		log, err = readAzure2021(fsys, found.events, o)
	} else {
		log, err = readHuawei2025(fsys, found, o)
	}
	if err != nil {
		return nil, nil, err
	}
	t := log.head()
	t.Summary = *o.summary
	return t, log.all(), t.check(len(log.functions))
}

// readCounts reads a layout that has counts per minute.
func readCounts(fsys fs.FS, layout Layout, found files, o Options) (*Trace, error) {
	switch layout {
	case Azure2019:
		return readAzure2019(fsys, found.invocations, found.durations, o)
	case Azure2019SingleDay:
		return readSingleDay(fsys, found.singleDay, o)
	case Huawei2023:
		return readHuawei2023(fsys, found.requests, found.delays, o)
	case Huawei2025Regions:
		// The only layout that is left.
		return readRegions(fsys, found.regions, o)
	}
	panic("trace: no reader for layout " + string(layout))
}

// check returns an error if the trace has no function or no minute.
func (t *Trace) check(functions int) error {
	if functions == 0 || t.Minutes == 0 {
		return fmt.Errorf("%s: no function with data (%d malformed rows left out)", t.Layout, t.Summary.BadRows)
	}
	return nil
}
