package forest

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
//	magic "PWFRST" | version uint16 | length of the body uint32 | body |
//	CRC-32 (IEEE) of all before, uint32
//
// The body:
//
//	features, outputs, kind uint8 (0 regression, 1 classification) |
//	trees uint16 | low, top float32 |
//	per feature: number of cuts uint8, cuts float32 |
//	per tree: nodes uint32, a bit per node in breadth-first order that is set in
//	a leaf, lowest bit first, then per node in the same order either feature
//	uint8, cut uint8 or outputs × uint16 on the grid
const (
	magic      = "PWFRST"
	version    = 2
	headerSize = len(magic) + 2 + 4

	// MaxFile bounds the body of a model file in bytes.
	MaxFile = 16 << 20
)

// ErrFormat is wrapped by every error of Load that the file itself causes.
var ErrFormat = errors.New("forest: invalid model file")

// Save writes the forest to w. It fails if the body would exceed MaxFile.
func Save(w io.Writer, f *Forest) error {
	body := f.appendBody(nil)
	if len(body) > MaxFile {
		return fmt.Errorf("forest: save: body must have at most %d bytes, had: %d", MaxFile, len(body))
	}
	buf := append(make([]byte, 0, headerSize+len(body)+4), magic...)
	buf = binary.LittleEndian.AppendUint16(buf, version)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(body)))
	buf = append(buf, body...)
	buf = binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf))
	if _, err := w.Write(buf); err != nil {
		return fmt.Errorf("forest: save: %w", err)
	}
	return nil
}

func (f *Forest) appendBody(buf []byte) []byte {
	kind := byte(0)
	if f.classes {
		kind = 1
	}
	buf = append(buf, byte(f.features), byte(f.outputs), kind)
	buf = binary.LittleEndian.AppendUint16(buf, uint16(len(f.trees)))
	buf = appendFloat(appendFloat(buf, f.low), f.top)
	for _, cuts := range f.cuts {
		buf = append(buf, byte(len(cuts)))
		for _, c := range cuts {
			buf = appendFloat(buf, c)
		}
	}
	for i := range f.trees {
		buf = f.appendTree(buf, &f.trees[i])
	}
	return buf
}

func (f *Forest) appendTree(buf []byte, t *tree) []byte {
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(t.nodes)))
	leaves := make([]byte, bytesOfBits(len(t.nodes)))
	for i, n := range t.nodes {
		if n.feature == leaf {
			leaves[i/8] |= 1 << (i % 8)
		}
	}
	buf = append(buf, leaves...)
	for _, n := range t.nodes {
		if n.feature != leaf {
			buf = append(buf, n.feature, n.cut)
			continue
		}
		for _, v := range t.values[n.child:][:f.outputs] {
			buf = binary.LittleEndian.AppendUint16(buf, v)
		}
	}
	return buf
}

// bytesOfBits returns the bytes that so many bits take.
func bytesOfBits(n int) int { return (n + 7) / 8 }

func appendFloat(buf []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
}

// Load reads a forest that Save wrote, and not a byte more. An error names
// what is wrong with the file; memory is bounded by its length.
func Load(r io.Reader) (*Forest, error) {
	header, err := read(r, headerSize, "header")
	if err != nil {
		return nil, err
	}
	if got := string(header[:len(magic)]); got != magic {
		return nil, fmt.Errorf("%w: magic must be %q, was: %q", ErrFormat, magic, got)
	}
	if v := binary.LittleEndian.Uint16(header[len(magic):]); v != version {
		return nil, fmt.Errorf("%w: version must be %d, was: %d", ErrFormat, version, v)
	}
	size := binary.LittleEndian.Uint32(header[len(magic)+2:])
	if size > MaxFile {
		return nil, fmt.Errorf("%w: body must have at most %d bytes, was: %d", ErrFormat, MaxFile, size)
	}
	body, err := read(r, int(size)+4, "body")
	if err != nil {
		return nil, err
	}
	data, stored := body[:size], binary.LittleEndian.Uint32(body[size:])
	if sum := crc32.Update(crc32.ChecksumIEEE(header), crc32.IEEETable, data); sum != stored {
		return nil, fmt.Errorf("%w: checksum must be %08x, was: %08x", ErrFormat, stored, sum)
	}
	f, err := parseBody(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return f, nil
}

// read returns exactly size bytes. It grows with what arrives, so that a short
// file that announces a large forest costs little.
func read(r io.Reader, size int, what string) ([]byte, error) {
	buf, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, fmt.Errorf("forest: read %s: %w", what, err)
	}
	if len(buf) < size {
		return nil, fmt.Errorf("%w: %s must have %d bytes, had: %d", ErrFormat, what, size, len(buf))
	}
	return buf, nil
}
