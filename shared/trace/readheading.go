package trace

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
)

// ReadHeading reads the heading of a CSV file and returns it, without spaces around
// its columns, with a reader of the rows below. The file is decoded by Text. Columns
// are separated by commas, semicolons or tabs, whichever the heading has most of. An
// error is that of csv.Reader.Read; the heading then has the columns before the
// malformed one.
func ReadHeading(in io.Reader) (heading []string, rows *csv.Reader, err error) {
	text, err := Text(in)
	if err != nil {
		return nil, nil, err
	}
	rows = csv.NewReader(text)
	head, _ := text.Peek(headingBytes)
	rows.Comma = separator(head)
	// Leading tabs are empty columns if tabs separate.
	rows.TrimLeadingSpace = rows.Comma != '\t'
	heading, err = rows.Read()
	for i := range heading {
		heading[i] = strings.TrimSpace(heading[i])
	}
	return heading, rows, err
}

// separator returns what separates the columns of the first line that is not empty: a
// comma, unless there are more semicolons or tabs outside of quotes.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte("\n"))
	count := map[byte]int{}
	quoted := false
	for _, b := range line {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte{';', '\t'} {
		if count[b] > count[best] {
			best = b
		}
	}
	return rune(best)
}
