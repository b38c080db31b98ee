package lstm

import (
	"prewarm/shared/modelfile"
)

// maxParameter bounds the parameters of a decoded network, so that every sum of
// it is finite.
const maxParameter = 1e6

// Encode returns the body of a section of a model file, little-endian:
//
//	inputs, hidden, outputs uint32 | parameters float32
//
// The parameters follow each other as in Params. It rounds those of a float64
// network.
func Encode[T Float](n *Network[T]) []byte {
	params := make([]float32, len(n.params))
	for i, p := range n.params {
		params[i] = float32(p)
	}
	return modelfile.Append(nil, uint32(n.Inputs), uint32(n.Hidden), uint32(n.Outputs), params)
}

// Decode reads a section that Encode wrote. An error names field, bound and
// value, and wraps modelfile.ErrFormat.
func Decode(d *modelfile.Decoder) (*Network[float32], error) {
	s := Shape{
		Inputs:  d.Uint32("inputs", 1, MaxInputs),
		Hidden:  d.Uint32("hidden", 1, MaxHidden),
		Outputs: d.Uint32("outputs", 1, MaxOutputs),
	}
	params := d.Float32s("parameters", s.Size(), -maxParameter, maxParameter)
	if err := d.End(); err != nil {
		return nil, err
	}
	return FromParams(s, params), nil
}
