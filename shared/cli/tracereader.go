package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"prewarm/shared/trace"
)

// TraceReader reads traces, and reports to Log its progress and the malformed
// rows that it left out. It is here and not in package trace, so that packages
// which read traces do not depend on the library for progress bars.
type TraceReader struct {
	SkipBadRows bool // leave malformed rows out, and not fail at the first
	Log         io.Writer
}

// Open reads the trace in a directory, whose layout is recognised from its
// files. Errors name the directory.
func (r TraceReader) Open(dir string) (*trace.Trace, error) {
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

// longRead is the size in bytes from which reading a trace shows a bar: below
// it, reading takes less than about a second.
const longRead = 64 << 20

// readingBar shows the progress of a long read.
type readingBar struct {
	out  io.Writer
	name string
	bar  *Bar // nil until the size is known to be large
	read int64
}

// report advances the bar.
func (b *readingBar) report(p trace.Progress) {
	if p.Total < longRead {
		return
	}
	if b.bar == nil {
		b.bar = NewBar(b.out, b.name, p.Total)
	}
	b.bar.Add(p.Bytes - b.read)
	b.read = p.Bytes
}

// done ends the bar, if there is one.
func (b *readingBar) done() {
	if b.bar != nil {
		b.bar.Done()
	}
}
