package dense

import (
	"encoding/binary"
	"math"

	"prewarm/shared/modelfile"
)

// maxParameter bounds the parameters of a decoded network, so that every sum of
// it is finite.
const maxParameter = 1e6

// Encode returns the body of a section of a model file, little-endian:
//
//	varying, shared, hidden uint32 | W bfloat16 | b, v and c float32
//
// A bfloat16 is the upper half of a float32.
func Encode(n *Network) []byte {
	body := modelfile.Append(nil, uint32(n.Varying), uint32(n.Shared), uint32(n.Hidden))
	for _, p := range n.w {
		body = binary.LittleEndian.AppendUint16(body, uint16(math.Float32bits(p)>>16))
	}
	return modelfile.Append(body, n.params[len(n.w):])
}

// Decode reads a section that Encode wrote. An error names field, bound and
// value, and wraps modelfile.ErrFormat.
func Decode(d *modelfile.Decoder) (*Network, error) {
	s := Shape{
		Varying: d.Uint32("varying", 1, MaxInputs),
		Shared:  d.Uint32("shared", 1, MaxInputs),
		Hidden:  d.Uint32("hidden", 1, MaxHidden),
	}
	weights := s.inputs() * s.Hidden
	params := d.BFloat16s("weights", weights, -maxParameter, maxParameter)
	params = append(params, d.Float32s("biases and head", s.Size()-weights, -maxParameter, maxParameter)...)
	if err := d.End(); err != nil {
		return nil, err
	}
	return FromParams(s, params), nil
}
