// Package text writes answers of other programs to a terminal: as a table or as JSON, in
// which no character of theirs controls the terminal.
package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxCell bounds the text of a cell of a table, in characters.
const MaxCell = 1000

// Safe returns s without characters that control a terminal or turn its direction of
// writing: they are written as escapes such as \x1b and \u202e. A text that is longer than
// MaxCell characters is cut.
//
// Letters, marks, numbers, punctuation, symbols and the space pass, see strconv.IsPrint.
func Safe(s string) string {
	var b strings.Builder
	for n := 0; s != ""; n++ {
		if n == MaxCell {
			b.WriteString("…")
			break
		}
		c, size := utf8.DecodeRuneInString(s)
		part := s[:size]
		if c == utf8.RuneError && size == 1 || !strconv.IsPrint(c) {
			quoted := strconv.Quote(part)
			part = quoted[1 : len(quoted)-1]
		}
		b.WriteString(part)
		s = s[size:]
	}
	return b.String()
}

// JSON writes v with indents and ends the line. Characters that Safe escapes are escapes of
// JSON, so that they mean the same.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escape(b.Bytes()))
	return err
}

// escape replaces characters beyond ASCII that are not printable. They occur in the strings
// of JSON only. encoding/json has replaced the controls of ASCII, but for DEL.
func escape(text []byte) []byte {
	var out []byte
	for _, c := range string(text) {
		switch {
		case c == '\n' || c != 0x7f && strconv.IsPrint(c):
			out = utf8.AppendRune(out, c)
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
	}
	return out
}
