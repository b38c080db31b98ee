// Package modelfile is the beginning that model files have in common: what they
// are, in which version, and a checksum over the numbers that follow.
package modelfile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// Prefix describes the beginning of a model file, little-endian:
//
//	magic | version uint16 | fields | CRC-32 (IEEE) of all before, uint32
type Prefix struct {
	Magic   string
	Version uint16
	Fields  int // bytes
}

// size returns the bytes before the checksum.
func (p Prefix) size() int { return len(p.Magic) + 2 + p.Fields }

// Seal returns the prefix with the given fields. It panics if they have another
// length than p says.
func (p Prefix) Seal(fields []byte) []byte {
	if len(fields) != p.Fields {
		panic(fmt.Sprintf("modelfile: fields must have %d bytes, had: %d", p.Fields, len(fields)))
	}
	buf := append(make([]byte, 0, p.size()+4), p.Magic...)
	buf = binary.LittleEndian.AppendUint16(buf, p.Version)
	buf = append(buf, fields...)
	return binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf))
}

// Open returns the fields of a file and what follows upon its prefix. An error
// names what is wrong with the prefix.
func (p Prefix) Open(file []byte) (fields, rest []byte, err error) {
	size := p.size()
	if len(file) < size+4 {
		return nil, nil, fmt.Errorf("prefix must have %d bytes, had: %d", size+4, len(file))
	}
	if got := string(file[:len(p.Magic)]); got != p.Magic {
		return nil, nil, fmt.Errorf("magic must be %q, was: %q", p.Magic, got)
	}
	if v := binary.LittleEndian.Uint16(file[len(p.Magic):]); v != p.Version {
		return nil, nil, fmt.Errorf("version must be %d, was: %d", p.Version, v)
	}
	stored := binary.LittleEndian.Uint32(file[size:])
	if sum := crc32.ChecksumIEEE(file[:size]); sum != stored {
		return nil, nil, fmt.Errorf("checksum of the prefix must be %08x, was: %08x", stored, sum)
	}
	return file[len(p.Magic)+2 : size], file[size+4:], nil
}
