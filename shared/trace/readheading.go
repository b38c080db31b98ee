package trace

import (
	"bufio"
	"encoding/csv"
	"io"
)

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\ufeff"

// ReadHeading reads the heading of a CSV file and returns it with a reader of the
// rows below. It skips a byte order mark, which spreadsheets write. An error is that
// of csv.Reader.Read; the heading then has the columns before the malformed one.
func ReadHeading(in io.Reader) (heading []string, rows *csv.Reader, err error) {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark)) // all of it is there
	}
	rows = csv.NewReader(buffered)
	heading, err = rows.Read()
	return heading, rows, err
}
