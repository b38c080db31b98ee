package trace

import (
	"io"
	"io/fs"
)

// progressRows is how many rows are read between two calls of
// Options.Progress.
const progressRows = 1 << 16

// Progress says how far the reading of a trace has come.
type Progress struct {
	File  string // path of the file below the trace directory
	Rows  int64  // read so far, malformed ones among them, over all files
	Bytes int64  // read so far, over all files
	Total int64  // bytes of all files; 0 where their size is unknown
}

// meter counts what is read. A nil meter counts nothing.
type meter struct {
	now    Progress
	report func(Progress)
}

// newMeter returns the meter of files, nil if nobody listens.
func newMeter(fsys fs.FS, files []string, report func(Progress)) *meter {
	if report == nil {
		return nil
	}
	m := &meter{report: report}
	for _, file := range files {
		if info, err := fs.Stat(fsys, file); err == nil {
			m.now.Total += info.Size()
		}
	}
	return m
}

// row counts one row.
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

// reader counts the bytes that are read from r.
func (m *meter) reader(r io.Reader) io.Reader {
	if m == nil {
		return r
	}
	return &countingReader{r, &m.now.Bytes}
}

// countingReader adds the bytes that pass to n.
type countingReader struct {
	io.Reader
	n *int64
}

// Read reads from the reader below.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}
