package modelfile

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Append appends numbers to the body of a section, little-endian. Values are
// numbers of fixed size, or slices or arrays of them, as in encoding/binary;
// any other type panics.
func Append(body []byte, values ...any) []byte {
	for _, v := range values {
		var err error
		if body, err = binary.Append(body, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return body
}

// AppendText appends a text of at most 255 bytes and its length before it.
func AppendText(body []byte, text string) []byte { return appendName(body, text) }

// Decoder takes fields off the body of a section, one after the other. Each
// method names the field and checks its bounds, both included. The first error
// stays: from then on the methods return "", the lower bound, or nothing, so that a
// caller may read on and ask once, with Err or End.
type Decoder struct {
	where string // begin of the error texts, such as "section trees"
	rest  []byte // not taken yet
	err   error  // the first one
}

// NewDecoder returns a decoder of the body of a section. Its error texts begin with
// where.
func NewDecoder(where string, body []byte) *Decoder {
	return &Decoder{where: where, rest: body}
}

// Failf records an error of the section unless there is one already. The text
// should name field, bound and value.
func (d *Decoder) Failf(text string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s: %w", ErrFormat, d.where, fmt.Errorf(text, args...))
	}
}

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// End returns the first error, or one if bytes are left.
func (d *Decoder) End() error {
	if len(d.rest) > 0 {
		d.Failf("must end after its last field, had %d more bytes", len(d.rest))
	}
	return d.err
}

// Bytes takes n bytes. It returns a view of the body, or nil after an error.
func (d *Decoder) Bytes(field string, n int) []byte {
	if d.err == nil && (n < 0 || n > len(d.rest)) {
		d.Failf("%s must have %d bytes, had: %d", field, n, len(d.rest))
	}
	if d.err != nil {
		return nil
	}
	head := d.rest[:n:n]
	d.rest = d.rest[n:]
	return head
}

// Uint8 takes a number of one byte.
func (d *Decoder) Uint8(field string, low, high int) int {
	if b := d.Bytes(field, 1); b != nil {
		return d.within(field, int(b[0]), low, high)
	}
	return low
}

// Uint16 takes a number of two bytes.
func (d *Decoder) Uint16(field string, low, high int) int {
	if b := d.Bytes(field, 2); b != nil {
		return d.within(field, int(binary.LittleEndian.Uint16(b)), low, high)
	}
	return low
}

// Uint32 takes a number of four bytes.
func (d *Decoder) Uint32(field string, low, high int) int {
	if b := d.Bytes(field, 4); b != nil {
		return d.within(field, int(binary.LittleEndian.Uint32(b)), low, high)
	}
	return low
}

func (d *Decoder) within(field string, v, low, high int) int {
	if v < low || v > high {
		d.Failf("%s must be between %d and %d, was: %d", field, low, high, v)
		return low
	}
	return v
}

// Text takes a text that AppendText wrote, of low to high bytes.
func (d *Decoder) Text(field string, low, high int) string {
	return string(d.Bytes(field, d.Uint8("length of the "+field, low, high)))
}

// BFloat16s takes n numbers of two bytes, the upper halves of float32 numbers.
// NaN is outside of all bounds. It returns none after an error.
func (d *Decoder) BFloat16s(field string, n int, low, high float64) []float32 {
	return floats(d, field, n, 2, low, high, func(b []byte) float32 {
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	})
}

// Float32s takes n numbers of four bytes; otherwise it is as BFloat16s.
func (d *Decoder) Float32s(field string, n int, low, high float64) []float32 {
	return floats(d, field, n, 4, low, high, func(b []byte) float32 {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	})
}

// Float64s takes n numbers of eight bytes; otherwise it is as BFloat16s.
func (d *Decoder) Float64s(field string, n int, low, high float64) []float64 {
	return floats(d, field, n, 8, low, high, func(b []byte) float64 {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	})
}

// floats takes n numbers of size bytes each. It allocates them once their bytes
// are known to be there.
func floats[T float32 | float64](d *Decoder, field string, n, size int, low, high float64, parse func([]byte) T) []T {
	b := d.Bytes(field, n*size)
	v := make([]T, 0, len(b)/size)
	for len(b) > 0 {
		x := parse(b)
		if !(float64(x) >= low && float64(x) <= high) {
			d.Failf("%s[%d] must be between %g and %g, was: %v", field, len(v), low, high, x)
			return nil
		}
		v, b = append(v, x), b[size:]
	}
	return v
}
