package prometheus

import (
	"bytes"
	"fmt"
	"io"
)

// bounded reads the body of an answer and counts its bytes. It is protection against a
// store that never ends: an answer, or one value in it, above its bound is ErrTooLarge.
type bounded struct {
	r        io.Reader
	max      int64        // bytes of the answer
	maxValue int64        // bytes of one series, as the store writes it
	done     func() int64 // bytes that the decoder has dealt with
	read     int64
	head     []byte // the first bytes, which show what an answer is that is no JSON
	err      error  // why reading ended, nil at the end of the answer
}

func newBounded(r io.Reader, max, maxValue int64) *bounded {
	return &bounded{r: r, max: max, maxValue: maxValue, head: make([]byte, 0, 64)}
}

// Read passes bytes on.
func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	// A decoder reads on only while what it holds is not a whole value.
	if b.read-b.done() > b.maxValue {
		b.err = fmt.Errorf("%w: at most %d bytes in one series", ErrTooLarge, b.maxValue)
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	if room := cap(b.head) - len(b.head); room > 0 {
		b.head = append(b.head, p[:min(n, room)]...)
	}
	switch {
	case b.read > b.max:
		b.err = fmt.Errorf("%w: at most %d bytes", ErrTooLarge, b.max)
		return 0, b.err
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		b.err = fmt.Errorf("reading the answer after %d bytes: %w", b.read, err)
		return n, b.err
	}
	return n, err
}

// page reports whether the body is a page of HTML.
func (b *bounded) page() bool {
	return bytes.HasPrefix(bytes.TrimLeft(b.head, " \t\r\n\ufeff"), []byte("<"))
}
