package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
)

// ErrLayout means that the files of a directory are of no known layout, or of
// several.
var ErrLayout = errors.New("layout not recognised")

// Options says how to read a trace. The zero value is strict.
type Options struct {
	// SkipBadRows leaves malformed rows out and counts them in Trace.Skipped.
	// By default the first one ends the reading with a *RowError.
	SkipBadRows bool
}

// Open reads the trace in a directory; the layout is recognised from the
// files. Errors wrap ErrLayout or *RowError where they apply.
func Open(dir string) (*Trace, error) {
	t, err := Read(os.DirFS(dir), Options{})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", dir, err)
	}
	return t, nil
}

// Read is Open for a file system and with options.
func Read(fsys fs.FS, o Options) (*Trace, error) {
	found, err := scan(fsys)
	if err != nil {
		return nil, err
	}
	layout, err := found.layout()
	if err != nil {
		return nil, err
	}
	var t *Trace
	switch layout {
	case Azure2019:
		t, err = readAzure2019(fsys, found.invocations, found.durations, o)
	case Azure2019SingleDay:
		t, err = readSingleDay(fsys, found.singleDay, o)
	case Huawei2023:
		t, err = readHuawei2023(fsys, found.requests, found.delays, o)
	default:
		t, err = readRegions(fsys, found.regions, o)
	}
	if err != nil {
		return nil, err
	}
	t.Layout = layout
	return t, t.check()
}

// check refuses a trace that holds nothing.
func (t *Trace) check() error {
	if len(t.Functions) == 0 || t.Minutes == 0 {
		return fmt.Errorf("%s: no function with data (%d malformed rows left out)", t.Layout, t.Skipped)
	}
	return nil
}

// files are the CSV files of a directory by what their headings say.
type files struct {
	invocations, durations, singleDay, regions []string
	requests, delays                           []string
}

// scan sorts the files of a directory by their headings. Files of other
// content, such as memory percentiles, are left aside.
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
		if !e.IsDir() && path.Ext(e.Name()) == ".csv" {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	sort.Strings(names)
	return names, nil
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
	}
	return nil
}

// firstBytes returns the beginning of a file, at most 64 bytes.
func firstBytes(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := f.Read(head) // an unreadable file is of no known layout
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
	} {
		if len(l.files) > 0 {
			seen = append(seen, string(l.layout))
		}
	}
	switch len(seen) {
	case 1:
		return Layout(seen[0]), nil
	case 0:
		return "", fmt.Errorf("%w: want files that begin with HashOwner,HashApp,HashFunction,Trigger or fn,1 or minute,cold_starts, or a folder requests_minute", ErrLayout)
	}
	return "", fmt.Errorf("%w: files of several layouts: %s", ErrLayout, strings.Join(seen, ", "))
}
