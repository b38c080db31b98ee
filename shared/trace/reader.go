package trace

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"prewarm/shared/cli"
)

// Reader reads traces and tells Log how far it is and what it left out.
type Reader struct {
	SkipBadRows bool // leave malformed rows out
	Log         io.Writer
}

// Open reads the trace in a directory, whose layout is recognised from its
// files. An error names the directory.
func (r Reader) Open(dir string) (*Trace, error) {
	bar := &readingBar{out: r.Log, name: "read " + filepath.Base(dir)}
	defer bar.done()
	t, err := Read(os.DirFS(dir), Options{SkipBadRows: r.SkipBadRows, Progress: bar.report})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", dir, err)
	}
	if t.Skipped > 0 {
		fmt.Fprintf(r.Log, "%s: %d malformed rows left out\n", dir, t.Skipped)
	}
	return t, nil
}

// longRead is the size in bytes from which reading a trace shows a bar.
const longRead = 64 << 20

// readingBar shows the progress of a long read.
type readingBar struct {
	out  io.Writer
	name string
	bar  *cli.Bar
	read int64
}

func (b *readingBar) report(p Progress) {
	if p.Total < longRead {
		return
	}
	if b.bar == nil {
		b.bar = cli.NewBar(b.out, b.name, p.Total)
	}
	b.bar.Add(p.Bytes - b.read)
	b.read = p.Bytes
}

func (b *readingBar) done() {
	if b.bar != nil {
		b.bar.Done()
	}
}
