// Package corpus reads the traces that models are trained on.
package corpus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/shared/forecast/fit"
	"prewarm/shared/progress"
	"prewarm/shared/trace"
)

// Folders returns the traces that are trained on, each a folder below the
// directory of all traces. Those of other folders, the load test among them,
// are not.
func Folders() []string {
	return []string{"azure2019", "azure2019_single_day", "huawei2023_private"}
}

// Reader reads traces and tells Log how far it is and what it left out.
type Reader struct {
	SkipBadRows bool // leave malformed rows out
	Log         io.Writer
}

// Open reads the trace in a directory.
func (r Reader) Open(dir string) (*trace.Trace, error) {
	bar := &readingBar{out: r.Log, name: "read " + filepath.Base(dir)}
	defer bar.done()
	t, err := trace.Read(os.DirFS(dir), trace.Options{SkipBadRows: r.SkipBadRows, Progress: bar.report})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", dir, err)
	}
	if t.Skipped > 0 {
		fmt.Fprintf(r.Log, "%s: %d malformed rows left out\n", dir, t.Skipped)
	}
	return t, nil
}

// All reads the traces of Folders that are there below dir, which may be none.
func (r Reader) All(dir string) ([]*trace.Trace, error) {
	var all []*trace.Trace
	for _, folder := range Folders() {
		path := filepath.Join(dir, folder)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		t, err := r.Open(path)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// Tasks returns the functions of all traces that are called.
func Tasks(traces []*trace.Trace) []fit.Task {
	var tasks []fit.Task
	for _, t := range traces {
		tasks = append(tasks, fit.FromTrace(t)...)
	}
	return tasks
}

// Generated returns made-up functions for where there is no trace.
func Generated(seed uint64) (*trace.Trace, error) {
	return trace.Generate(trace.GeneratorOptions{Seed: seed, Functions: 1000, SkipRare: true})
}

// longRead is the size in bytes from which reading a trace shows a bar.
const longRead = 64 << 20

// readingBar shows the progress of a long read.
type readingBar struct {
	out  io.Writer
	name string
	bar  *progress.Bar
	read int64
}

func (b *readingBar) report(p trace.Progress) {
	if p.Total < longRead {
		return
	}
	if b.bar == nil {
		b.bar = progress.New(b.out, b.name, p.Total)
	}
	b.bar.Add(p.Bytes - b.read)
	b.read = p.Bytes
}

func (b *readingBar) done() {
	if b.bar != nil {
		b.bar.Done()
	}
}
