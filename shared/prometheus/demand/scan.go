package demand

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Bounds of a page, which protect against a server that never ends. Ten thousand functions
// with two codes each give a page of 30 MB.
const (
	maxPage = 1 << 30
	maxLine = 64 << 10 // bytes of a line that is looked at: longer ones name no function
)

// errFormat is what is wrong with a line.
var errFormat = errors.New("must have the form name{label=\"value\"} number")

// label is the name and value of a label.
type label struct{ name, value []byte }

// line is one sample of a page. Its bytes are valid until the next line is read.
type line struct {
	metric string // one of those that scan was asked for
	labels []label
	value  float64
}

// label returns the value of a label, nil if there is none.
func (l *line) label(name string) []byte {
	for _, x := range l.labels {
		if string(x.name) == name {
			return x.value
		}
	}
	return nil
}

// scan passes the samples of the given metrics to take, in the order of the page, which is in
// the text format 0.0.4 of Prometheus. It holds one line at a time, and skips the lines of
// other metrics unread: the histograms of a gateway are nine tenths of its page. An error of
// take ends the reading.
//
// Source: prometheus.io, page "Exposition formats", section "Text-based format".
func scan(r io.Reader, metrics []string, take func(*line) error) error {
	limited := &io.LimitedReader{R: r, N: maxPage + 1}
	s := scanner{in: bufio.NewReaderSize(limited, maxLine), metrics: metrics}
	for n := 1; ; n++ {
		found, err := s.next()
		switch {
		case err == io.EOF:
			return nil
		case limited.N <= 0:
			return fmt.Errorf("%w: at most %d bytes", ErrPage, maxPage)
		case err == nil && found:
			err = take(&s.line)
		}
		if err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrPage, n, err)
		}
	}
}

// scanner reads a page line by line.
type scanner struct {
	in      *bufio.Reader
	metrics []string
	line    line
	begun   bool
}

// next reads a line, and reports whether it is a sample of one of the metrics. The error is
// io.EOF after the last line.
func (s *scanner) next() (found bool, err error) {
	text, err := s.in.ReadSlice('\n')
	switch {
	case err == io.EOF && len(text) == 0:
		return false, io.EOF
	case err == io.EOF: // the format ends each line; without that, a number may be cut short
		return false, io.ErrUnexpectedEOF
	case err != nil && err != bufio.ErrBufferFull:
		return false, err
	}
	if !s.begun && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\ufeff"), []byte("<")) {
		return false, errors.New("is HTML, such as the page of a login")
	}
	s.begun = true
	if err == bufio.ErrBufferFull {
		return false, s.skip()
	}
	for _, metric := range s.metrics {
		if rest, ok := bytes.CutPrefix(text, []byte(metric)); ok && bytes.IndexByte([]byte("{ \t"), rest[0]) >= 0 {
			s.line.metric = metric
			return true, s.line.parse(rest[:len(rest)-1])
		}
	}
	return false, nil
}

// skip reads up to the end of a line that is too long.
func (s *scanner) skip() error {
	for {
		switch _, err := s.in.ReadSlice('\n'); err {
		case bufio.ErrBufferFull:
		case io.EOF:
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
}

// parse reads what follows the name of a metric: labels, a number and perhaps a time.
func (l *line) parse(rest []byte) error {
	l.labels = l.labels[:0]
	rest = trim(rest)
	if in, ok := bytes.CutPrefix(rest, []byte("{")); ok {
		var err error
		if rest, err = l.parseLabels(in); err != nil {
			return err
		}
	}
	number := trim(rest)
	if end := bytes.IndexAny(number, " \t\r"); end >= 0 {
		number = number[:end]
	}
	v, err := strconv.ParseFloat(string(number), 64)
	switch {
	case err != nil:
		return fmt.Errorf("%s %w, the number was: %.40q", l.metric, errFormat, number)
	case !(v >= 0 && v <= math.MaxInt64):
		return fmt.Errorf("%s must be between 0 and %d, was: %v", l.metric, int64(math.MaxInt64), v)
	}
	l.value = v
	return nil
}

// parseLabels reads labels up to the closing brace, and returns what follows it.
func (l *line) parseLabels(in []byte) (rest []byte, err error) {
	for {
		in = trim(in)
		if rest, ok := bytes.CutPrefix(in, []byte("}")); ok {
			return rest, nil
		}
		name, after, ok := bytes.Cut(in, []byte("="))
		if after = trim(after); !ok || len(after) == 0 || after[0] != '"' {
			return nil, fmt.Errorf("%s %w, a label was: %.40q", l.metric, errFormat, in)
		}
		value, after, ok := quoted(after[1:])
		if !ok {
			return nil, fmt.Errorf("%s %w, a value does not end: %.40q", l.metric, errFormat, after)
		}
		l.labels = append(l.labels, label{bytes.TrimRight(name, " \t"), value})
		in = trim(after)
		if next, ok := bytes.CutPrefix(in, []byte(",")); ok {
			in = next
		} else if !bytes.HasPrefix(in, []byte("}")) {
			return nil, fmt.Errorf("%s %w, after a label was: %.40q", l.metric, errFormat, in)
		}
	}
}

// quoted returns the text up to the next quote, and what follows that. \\, \" and \n are
// escapes.
func quoted(in []byte) (value, rest []byte, ok bool) {
	end := bytes.IndexAny(in, "\"\\")
	if end >= 0 && in[end] == '"' { // names of functions have no escapes
		return in[:end], in[end+1:], true
	}
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '"':
			return value, in[i+1:], true
		case c == '\\' && i+1 < len(in):
			if i++; in[i] == 'n' {
				value = append(value, '\n')
				continue
			}
			value = append(value, in[i])
		default:
			value = append(value, c)
		}
	}
	return nil, in, false
}

func trim(b []byte) []byte { return bytes.TrimLeft(b, " \t") }
