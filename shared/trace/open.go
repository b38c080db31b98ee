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

// ErrLayout means that the files have no known layout, or several.
var ErrLayout = errors.New("layout not recognised")

// Stdin is the path for which Load reads Options.Input.
const Stdin = "-"

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

	// Seconds keeps the calls of each second, 8 bytes for one with any, of the one layout
	// that has them: requests_second/ of Huawei2023.
	Seconds bool

	// Region is the region of the functions in files of Huawei2025 and
	// Huawei2025Regions whose path does not name one.
	Region string

	// Progress, if set, is called every 65,536 rows and at the end of each file.
	Progress func(Progress)

	meter   *meter   // calls Progress
	summary *Summary // of the trace
	whole   bool     // all counts are kept at once
	base    string   // name of the directory, "" if unknown
}

// Open is Load without options.
func Open(path string) (*Trace, error) { return Load(path, Options{}) }

// Load reads the trace at a path: a directory, a file, or Stdin. Files may be packed
// with gzip. The layout is recognised from the files. If a directory is named after a
// region, as R1, its functions are of that region. Trace.Summary says what was left
// out. Errors name the path; they wrap ErrLayout if the layout is not recognised, and
// *RowError if a row is malformed and that ends the reading.
func Load(path string, o Options) (*Trace, error) {
	fsys, name, err := locate(path, &o)
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", path, err)
	}
	found := files{}
	if name != "" {
		err = found.add(fsys, name, o)
	} else {
		found, err = scan(fsys, o)
	}
	var t *Trace
	if err == nil {
		t, err = collect(fsys, found, o)
	}
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", path, err)
	}
	return t, nil
}

// locate returns the files at a path, and the name of the file if it is one. It sets
// the name of the directory.
func locate(path string, o *Options) (fsys fs.FS, name string, err error) {
	if path == Stdin {
		content, err := io.ReadAll(o.Input)
		return memory{"input", content}, "input", err
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	if !info.IsDir() {
		path, name = filepath.Split(path)
	}
	o.base = filepath.Base(path)
	return os.DirFS(path), name, nil
}

// Read is Load for the files of a file system.
func Read(fsys fs.FS, o Options) (*Trace, error) {
	found, err := scan(fsys, o)
	if err != nil {
		return nil, err
	}
	return collect(fsys, found, o)
}

// collect reads a trace with all of its functions.
func collect(fsys fs.FS, found files, o Options) (*Trace, error) {
	o.whole = true
	t, functions, err := stream(fsys, found, o)
	if err != nil {
		return nil, err
	}
	t.Functions = slices.Collect(functions)
	return t, nil
}

// Stream is Read for traces whose counts do not fit into memory. It returns the trace
// without functions, and a sequence of them that may be iterated more than once.
//
// Of layouts with a row per event it keeps 4 bytes per event, and makes the counts of
// one function at a time: the 31 days of all regions of Huawei2025, 12,633 functions
// with 12 million cold starts, take 2.3 GB with Read but about 200 MB with Stream. The
// other layouts are in memory as a whole.
func Stream(fsys fs.FS, o Options) (*Trace, iter.Seq[Function], error) {
	found, err := scan(fsys, o)
	if err != nil {
		return nil, nil, err
	}
	return stream(fsys, found, o)
}

// stream is Stream for the files that were found.
func stream(fsys fs.FS, found files, o Options) (*Trace, iter.Seq[Function], error) {
	l, err := found.layout()
	if err != nil {
		return nil, nil, err
	}
	// The files are known before the first is read, so that the progress has a
	// total.
	o.meter, o.summary = newMeter(fsys, found.paths(l), o.Progress), &Summary{}
	if err := found.leftAside(l, o.summary); err != nil {
		return nil, nil, err
	}
	log, err := readEvents(fsys, l, found, o)
	if err != nil {
		return nil, nil, err
	}
	if log != nil {
		return log.stream(o)
	}
	t, err := readCounts(fsys, l, found, o)
	if err != nil {
		return nil, nil, err
	}
	t.Layout, t.Summary = l.layout, *o.summary
	// The functions are handed out by the sequence alone; the trace of the caller
	// has none, as documented.
	functions := t.Functions
	t.Functions = nil
	return t, slices.Values(functions), t.check(len(functions))
}

// check returns an error if the trace has no function or no minute.
func (t *Trace) check(functions int) error {
	if functions == 0 || t.Minutes == 0 {
		return fmt.Errorf("%s: no function with data (%d malformed rows left out)", t.Layout, t.Summary.BadRows)
	}
	return nil
}
