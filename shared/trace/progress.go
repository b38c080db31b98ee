package trace

import (
	"io"
	"io/fs"
)

// progressRows is how many rows are read between two calls of
// Options.Progress.
const progressRows = 1 << 16

// Progress is the state of reading a trace.
type Progress struct {
	File  string // path of the current file below the trace directory
	Rows  int64  // rows read so far in all files, malformed ones included
	Bytes int64  // bytes read so far in all files
	Total int64  // bytes of all files; 0 if their size is unknown
}

// meter counts rows and bytes while a trace is read, and reports them. A nil meter
// does nothing, so that readers need not know whether progress is wanted.
type meter struct {
	now    Progress
	report func(Progress)
}

// newMeter returns a meter of files, or nil without report.
func newMeter(fsys fs.FS, files []string, report func(Progress)) *meter {
	if report == nil {
		return nil
	}
	m := &meter{report: report}
	for _, file := range files {
		// A size that is not known only makes the total too small; it must not stop
		// the reading.
		if info, err := fs.Stat(fsys, file); err == nil {
			m.now.Total += info.Size()
		}
	}
	return m
}

// row counts one row of a file.
func (m *meter) row(file string) {
	if m == nil {
		return
	}
	m.now.File = file
	if m.now.Rows++; m.now.Rows%progressRows == 0 {
		m.report(m.now)
	}
}

// fileEnds reports the end of a file.
func (m *meter) fileEnds(file string) {
	if m == nil {
		return
	}
	m.now.File = file
	m.report(m.now)
}

// reader returns a reader of r that counts bytes.
func (m *meter) reader(r io.Reader) io.Reader {
	if m == nil {
		return r
	}
	return &countingReader{r, &m.now.Bytes}
}

// countingReader adds the number of bytes read to n.
type countingReader struct {
	io.Reader
	n *int64
}

// Read implements io.Reader.
//
// It counts before the CSV reader buffers, so the bytes run a little ahead of the
// rows.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}
