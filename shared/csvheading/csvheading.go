// Package csvheading opens CSV files at their heading. Headings are compared as
// CSV says them, so that "fn","1" is fn,1, and after the byte order mark that
// spreadsheets write.
package csvheading

import (
	"bufio"
	"encoding/csv"
	"io"
)

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\ufeff"

// Read reads the heading of a CSV file and returns it with a reader of the rows
// below. An error is that of csv.Reader.Read; the heading then has the columns
// before the fault.
func Read(in io.Reader) (heading []string, rows *csv.Reader, err error) {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark)) // all of it is there
	}
	rows = csv.NewReader(buffered)
	heading, err = rows.Read()
	return heading, rows, err
}
