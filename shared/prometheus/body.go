package prometheus

import (
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
	err      error // why reading ended, nil at the end of the answer
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
	switch {
	case b.read > b.max:
		b.err = fmt.Errorf("%w: at most %d bytes", ErrTooLarge, b.max)
		return 0, b.err
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		b.err = err
	}
	return n, err
}
