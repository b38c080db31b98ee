// Package modelfile is the container format of all model files: a header that
// says what the file holds, then named sections, each with its length and a
// checksum. A Format writes and reads the files of one kind of model; a Decoder
// takes the fields of one section and checks their bounds.
//
// A file is data from outside. Reading one never panics, and never allocates
// more than a small multiple of the bytes that are there.
package modelfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A file, little-endian:
//
//	magic "PREWARM" | version of the container uint8 |
//	length uint8, kind | version uint16 |
//	sections, up to the end of the file
//
// A section:
//
//	length uint8, name | length uint32, body |
//	CRC-32 (IEEE) of all of the section before it, uint32
//
// The header has no checksum of its own: a reader knows each of its bytes.
const (
	magic     = "PREWARM"
	container = 1
)

// ErrFormat is wrapped by every error that the bytes of a file cause.
var ErrFormat = errors.New("invalid model file")

// ErrEmpty means a file without a single byte. It wraps ErrFormat.
var ErrEmpty = fmt.Errorf("%w: it is empty", ErrFormat)

// File is a model file whose container was checked.
type File struct {
	Kind     string // such as "forecast"
	Version  uint16 // of what the sections of this kind hold
	Sections []Section
}

// Section is one part of a file. Its name has at most 255 bytes.
type Section struct {
	Name string
	Body []byte
}

// Bytes returns the file in its format. It is the inverse of Parse.
func (f *File) Bytes() []byte {
	buf := appendName(append([]byte(magic), container), f.Kind)
	buf = binary.LittleEndian.AppendUint16(buf, f.Version)
	for _, s := range f.Sections {
		from := len(buf)
		buf = appendName(buf, s.Name)
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(s.Body)))
		buf = append(buf, s.Body...)
		buf = binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf[from:]))
	}
	return buf
}

func appendName(buf []byte, name string) []byte {
	return append(append(buf, byte(len(name))), name...)
}

// Parse checks the container of a file and returns its parts. The bodies are
// views of data, not copies.
func Parse(data []byte) (*File, error) {
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	begin := append([]byte(magic), container)
	if !bytes.HasPrefix(data, begin) {
		return nil, fmt.Errorf("%w: it must begin with %q, was: %q", ErrFormat, begin, data[:min(len(data), len(begin))])
	}
	d := NewDecoder("header", data[len(begin):])
	f := &File{Kind: d.name("kind"), Version: uint16(d.Uint16("version", 0, math.MaxUint16))}
	for d.err == nil && len(d.rest) > 0 {
		f.Sections = append(f.Sections, d.nextSection())
	}
	if d.err != nil {
		return nil, d.err
	}
	return f, nil
}

// nextSection takes one section off a file and checks its checksum.
func (d *Decoder) nextSection() Section {
	all := d.rest
	s := Section{Name: d.name("name of a section")}
	d.where = "section " + s.Name
	s.Body = d.Bytes("body", d.Uint32("length of the body", 0, math.MaxInt32))
	sum := crc32.ChecksumIEEE(all[:len(all)-len(d.rest)])
	if stored := d.Bytes("checksum", crc32.Size); d.err == nil && binary.LittleEndian.Uint32(stored) != sum {
		d.Failf("checksum must be %08x, was: %08x", sum, binary.LittleEndian.Uint32(stored))
	}
	return s
}

// name takes a name and the length before it.
func (d *Decoder) name(field string) string {
	return string(d.Bytes(field, d.Uint8("length of the "+field, 0, math.MaxUint8)))
}
