package lstm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// The model file, little-endian:
//
//	magic "PWLSTM" | version uint16 | inputs, hidden, outputs uint32 |
//	parameters float32 | CRC-32 (IEEE) of all before, uint32
const (
	magic      = "PWLSTM"
	version    = 1
	headerSize = len(magic) + 2 + 3*4

	// maxParameter keeps every sum of a loaded network finite.
	maxParameter = 1e6
)

// ErrFormat is wrapped by every error of Load that the file itself causes.
var ErrFormat = errors.New("lstm: invalid model file")

// Save writes the network as float32 to w.
func Save[T Float](w io.Writer, n *Network[T]) error {
	buf := make([]byte, 0, headerSize+4*len(n.params)+4)
	buf = append(buf, magic...)
	buf = binary.LittleEndian.AppendUint16(buf, version)
	for _, v := range []int{n.Inputs, n.Hidden, n.Outputs} {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
	}
	for _, p := range n.params {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(p)))
	}
	buf = binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf))
	if _, err := w.Write(buf); err != nil {
		return fmt.Errorf("lstm: save: %w", err)
	}
	return nil
}

// Load reads a network that Save wrote, and not a byte more. An error names
// what is wrong with the file; memory is bounded by the bounds of Shape and by
// the length of the file.
func Load(r io.Reader) (*Network[float32], error) {
	header, err := read(r, headerSize, "header")
	if err != nil {
		return nil, err
	}
	shape, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	body, err := read(r, 4*shape.Size()+4, "parameters")
	if err != nil {
		return nil, err
	}
	data, stored := body[:len(body)-4], binary.LittleEndian.Uint32(body[len(body)-4:])
	if sum := crc32.Update(crc32.ChecksumIEEE(header), crc32.IEEETable, data); sum != stored {
		return nil, fmt.Errorf("%w: checksum must be %08x, was: %08x", ErrFormat, stored, sum)
	}
	n := empty[float32](shape)
	for i := range n.params {
		p := math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if !(math.Abs(float64(p)) <= maxParameter) {
			return nil, fmt.Errorf("%w: parameter %d must be within ±%g, was: %v", ErrFormat, i, maxParameter, p)
		}
		n.params[i] = p
	}
	return n, nil
}

func parseHeader(header []byte) (Shape, error) {
	if got := string(header[:len(magic)]); got != magic {
		return Shape{}, fmt.Errorf("%w: magic must be %q, was: %q", ErrFormat, magic, got)
	}
	rest := header[len(magic):]
	if v := binary.LittleEndian.Uint16(rest); v != version {
		return Shape{}, fmt.Errorf("%w: version must be %d, was: %d", ErrFormat, version, v)
	}
	var s Shape
	for i, field := range []*int{&s.Inputs, &s.Hidden, &s.Outputs} {
		*field = int(binary.LittleEndian.Uint32(rest[2+4*i:]))
	}
	if err := s.Validate(); err != nil {
		return Shape{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return s, nil
}

// read returns exactly size bytes. It grows with what arrives, so that a short
// file that announces a large network costs little.
func read(r io.Reader, size int, what string) ([]byte, error) {
	buf, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, fmt.Errorf("lstm: read %s: %w", what, err)
	}
	if len(buf) < size {
		return nil, fmt.Errorf("%w: %s must have %d bytes, had: %d", ErrFormat, what, size, len(buf))
	}
	return buf, nil
}
