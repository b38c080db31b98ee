package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"prewarm/shared/trace"
)

// TraceReader reads traces, and reports to Log its progress, what it left out and
// what it took for granted. It is here and not in package trace, so that packages
// which read traces do not depend on the library for progress bars.
type TraceReader struct {
	Strict  bool          // fail at the first malformed row or duration
	Step    time.Duration // of the counts of own data, 0 to take it from their times
	Seconds bool          // keep the calls of each second, if the files have them
	Log     io.Writer
}

// Flags declares the flags that set the fields of a reader.
func (r *TraceReader) Flags(flags *flag.FlagSet) {
	flags.BoolVar(&r.Strict, "strict", false, "fail at the first malformed row or duration of a trace, rather than leave it out and count it")
	flags.DurationVar(&r.Step, "step", 0, "`time` that a count of your own data covers, if its rows do not show it")
	flags.Bool("skip-bad-rows", true, "malformed rows are left out in any case, unless -strict is given")
}

// Open reads the trace at a path, as trace.Load does: a directory, a file, or
// trace.Stdin. Trace.Summary has what was left out.
func (r TraceReader) Open(path string) (*trace.Trace, error) {
	bar := &readingBar{out: r.Log, name: "read " + filepath.Base(path)}
	defer bar.done()
	t, err := trace.Load(path, trace.Options{Strict: r.Strict, Step: r.Step, Seconds: r.Seconds, Input: os.Stdin, Progress: bar.report})
	if err != nil {
		return nil, err
	}
	if left := t.Summary.String(); left != "" {
		fmt.Fprintf(r.Log, "%s: %s\n", path, left)
	}
	for _, note := range t.Summary.Notes {
		fmt.Fprintf(r.Log, "%s: %s\n", path, note)
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
