package trace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// headingBytes bounds how much of a file is read to recognise what it is.
const headingBytes = 64 << 10

// Text returns the text of a stream: unpacked if it is gzip, decoded if it is UTF-16,
// as programs of Windows write it, and without a byte order mark. The error is that of
// a gzip header.
func Text(in io.Reader) (*bufio.Reader, error) {
	text := bufio.NewReaderSize(in, headingBytes)
	if magic, _ := text.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		text = bufio.NewReaderSize(unpacked, headingBytes)
	}
	head, _ := text.Peek(4)
	if order, found := utf16Order(head); found {
		decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		text = bufio.NewReaderSize(transform.NewReader(text, decoder), headingBytes)
	}
	if mark, _ := text.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // all of it is there
	}
	return text, nil
}

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\ufeff"

// utf16Order returns the order of the bytes of UTF-16, which a mark shows or, without
// one, the zero byte in each of the first two letters.
func utf16Order(head []byte) (order unicode.Endianness, found bool) {
	zero := func(i int) bool { return head[i] == 0 }
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.BigEndian, true
	case len(head) == 4 && !zero(0) && zero(1) && !zero(2) && zero(3):
		return unicode.LittleEndian, true
	case len(head) == 4 && zero(0) && !zero(1) && zero(2) && !zero(3):
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// contentOf names what a file is that is no CSV, or returns "".
func contentOf(head []byte) string {
	head = bytes.TrimLeft(head, " \t\r\n")
	for _, c := range []struct{ begin, name string }{
		{"PK\x03\x04", "a ZIP archive or a workbook: unpack it, or save it as CSV"},
		{"PAR1", "Parquet: save it as CSV"},
		{"\xfd7zXZ", "packed with xz: unpack it"},
		{"(\xb5/\xfd", "packed with zstd: unpack it"},
		{"BZh", "packed with bzip2: unpack it"},
		{"7z\xbc\xaf", "a 7z archive: unpack it"},
		{"{", "JSON: save it as CSV"},
		{"[", "JSON: save it as CSV"},
		{"<", "HTML or XML: save it as CSV"},
	} {
		if bytes.HasPrefix(head, []byte(c.begin)) {
			return c.name
		}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return "not a text"
	}
	return ""
}
