package prometheus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// scanner reads an answer value by value, so that one value at a time is in memory. It
// finds where values end, and encoding/json decides whether they are valid.
//
// Its bounds are protection against a store that never ends: an answer, or one value in
// it, above its bound is ErrTooLarge.
type scanner struct {
	r        io.Reader
	max      int64 // bytes of the answer
	maxValue int64 // bytes of one value, such as a series
	read     int64 // bytes of the answer so far
	buf      []byte
	at       int   // buf[at:] is to be read
	err      error // why reading ended, io.EOF and io.ErrUnexpectedEOF at the end of the answer
	page     bool  // the answer is a page of HTML
}

// readSize is how many bytes are read at least at once, if there are as many.
const readSize = 64 << 10

// more reads on. It keeps what is to be read, and moves it to the front.
func (s *scanner) more() error {
	switch pending := int64(len(s.buf) - s.at); {
	case s.err != nil:
		return s.err
	case pending > s.maxValue:
		s.err = fmt.Errorf("%w: at most %d bytes in one series", ErrTooLarge, s.maxValue)
		return s.err
	}
	s.buf = slices.Grow(append(s.buf[:0], s.buf[s.at:]...), readSize)
	s.at = 0
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if s.read == 0 {
		s.page = bytes.HasPrefix(bytes.TrimLeft(s.buf, " \t\r\n\ufeff"), []byte("<"))
	}
	s.read += int64(n)
	switch {
	case s.read > s.max:
		s.err = fmt.Errorf("%w: at most %d bytes", ErrTooLarge, s.max)
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		s.err = err
	case err != nil:
		s.err = fmt.Errorf("reading the answer after %d bytes: %w", s.read, err)
	}
	if n > 0 && s.read <= s.max {
		return nil // an error comes again after what was read
	}
	return s.err
}

// peek returns the next byte that is not white space, without reading it.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.at < len(s.buf); s.at++ {
			if c := s.buf[s.at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				return c, nil
			}
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// next reads the next byte that is not white space.
func (s *scanner) next() (byte, error) {
	c, err := s.peek()
	if err == nil {
		s.at++
	}
	return c, err
}

// list reads items with commas between them, from open to end.
func (s *scanner) list(open, end byte, item func() error) error {
	if c, err := s.next(); err != nil || c != open {
		return s.unexpected(c, err)
	}
	if c, err := s.peek(); err == nil && c == end {
		s.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch c, err := s.next(); {
		case err == nil && c == end:
			return nil
		case err != nil || c != ',':
			return s.unexpected(c, err)
		}
	}
}

// unexpected returns err, or else the error that c is not what must stand here.
func (s *scanner) unexpected(c byte, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("unexpected %q after %d bytes", c, s.read-int64(len(s.buf)-s.at)-1)
}

// decode reads a value into v.
func (s *scanner) decode(v any) error {
	b, err := s.value()
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// value reads the next value and returns its bytes, which are valid until the next call.
func (s *scanner) value() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	var e extent
	for n := 0; ; {
		var ended bool
		if n, ended = e.end(s.buf[s.at:], n); ended {
			v := s.buf[s.at : s.at+n]
			s.at += n
			return v, nil
		}
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

// extent finds the end of a value, which is at the front of a growing buffer. It tells
// brackets from those in strings, and not which fit together.
type extent struct {
	depth           int // of brackets
	quoted, escaped bool
}

// end continues at b[n]. It returns the length of the value, or that of b if it goes on.
func (e *extent) end(b []byte, n int) (int, bool) {
	for ; n < len(b); n++ {
		c := b[n]
		if e.quoted {
			switch {
			case e.escaped:
				e.escaped = false
			case c == '\\':
				e.escaped = true
			case c == '"':
				if e.quoted = false; e.depth == 0 {
					return n + 1, true
				}
			}
			continue
		}
		switch c {
		case '"':
			e.quoted = true
		case '[', '{':
			e.depth++
		case ']', '}':
			if e.depth--; e.depth == 0 {
				return n + 1, true
			}
			if e.depth < 0 { // the end of what the value is in
				return n, true
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if e.depth == 0 { // the end of a number, true, false or null
				return n, true
			}
		}
	}
	return n, false
}
