package dense

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"prewarm/shared/modelfile"
)

// prefix is the beginning of the model file.
//
// The file, little-endian:
//
//	magic "PWDENS" | version uint16 | varying, shared, hidden uint32 |
//	CRC-32 (IEEE) of all before, uint32 |
//	W bfloat16 | b, v and c float32 | CRC-32 of the parameters, uint32
func prefix() modelfile.Prefix { return modelfile.Prefix{Magic: "PWDENS", Version: 1, Fields: 3 * 4} }

// maxParameter keeps every sum of a network that was read finite.
const maxParameter = 1e6

// ErrFormat is wrapped by every error of Parse.
var ErrFormat = errors.New("dense: invalid model file")

// Append appends the network's file to buf and returns it.
func Append(buf []byte, n *Network) []byte {
	var fields []byte
	for _, v := range []int{n.Varying, n.Shared, n.Hidden} {
		fields = binary.LittleEndian.AppendUint32(fields, uint32(v))
	}
	buf = append(buf, prefix().Seal(fields)...)
	from := len(buf)
	for _, p := range n.w {
		buf = binary.LittleEndian.AppendUint16(buf, uint16(math.Float32bits(p)>>16))
	}
	for _, p := range n.params[len(n.w):] {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(p))
	}
	return binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf[from:]))
}

// Parse reads a network that Append wrote and returns what follows upon it. An
// error names what is wrong with the file.
func Parse(file []byte) (n *Network, rest []byte, err error) {
	fields, rest, err := prefix().Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var s Shape
	for i, field := range []*int{&s.Varying, &s.Shared, &s.Hidden} {
		*field = int(binary.LittleEndian.Uint32(fields[4*i:]))
	}
	if err := s.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	weights := s.inputs() * s.Hidden
	size := 2*weights + 4*(s.Size()-weights)
	if len(rest) < size+4 {
		return nil, nil, fmt.Errorf("%w: parameters must have %d bytes, had: %d", ErrFormat, size+4, len(rest))
	}
	stored := binary.LittleEndian.Uint32(rest[size:])
	if sum := crc32.ChecksumIEEE(rest[:size]); sum != stored {
		return nil, nil, fmt.Errorf("%w: checksum of the parameters must be %08x, was: %08x", ErrFormat, stored, sum)
	}
	params, err := parameters(rest[:size], weights)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return FromParams(s, params), rest[size+4:], nil
}

// parameters reads as many weights as told and the biases after them.
func parameters(data []byte, weights int) (params []float32, err error) {
	for i := range weights {
		params = append(params, math.Float32frombits(uint32(binary.LittleEndian.Uint16(data[2*i:]))<<16))
	}
	for at := 2 * weights; at < len(data); at += 4 {
		params = append(params, math.Float32frombits(binary.LittleEndian.Uint32(data[at:])))
	}
	for i, p := range params {
		if !(math.Abs(float64(p)) <= maxParameter) {
			return nil, fmt.Errorf("parameter %d must be within ±%g, was: %v", i, maxParameter, p)
		}
	}
	return params, nil
}
