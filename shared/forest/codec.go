package forest

import (
	"encoding/binary"

	"prewarm/shared/modelfile"
)

// Encode returns the body of a section of a model file, little-endian:
//
//	features, outputs, kind uint8 (0 regression, 1 classification) |
//	trees uint16 | low, top float32 |
//	per feature: number of cuts uint8, cuts float32 |
//	per tree: nodes uint32, a bit per node in breadth-first order that is set in
//	a leaf, lowest bit first, then per node in the same order either feature
//	uint8, cut uint8 or outputs × uint16 on the grid
//
// A node thus takes two bytes and a bit: neither children nor thresholds are
// written, which the order and the cuts give.
func Encode(f *Forest) []byte {
	kind := byte(0)
	if f.classes {
		kind = 1
	}
	body := modelfile.Append(nil, byte(f.features), byte(f.outputs), kind, uint16(len(f.trees)), f.low, f.top)
	for _, cuts := range f.cuts {
		body = modelfile.Append(body, byte(len(cuts)), cuts)
	}
	for i := range f.trees {
		body = f.appendTree(body, &f.trees[i])
	}
	return body
}

// appendTree appends one tree to body. The leaf bits come first: they give Decode
// the length of the rest.
func (f *Forest) appendTree(body []byte, t *tree) []byte {
	leaves := make([]byte, bytesOfBits(len(t.nodes)))
	for i, n := range t.nodes {
		if n.feature == leaf {
			leaves[i/8] |= 1 << (i % 8)
		}
	}
	body = modelfile.Append(body, uint32(len(t.nodes)), leaves)
	for _, n := range t.nodes {
		if n.feature != leaf {
			body = append(body, n.feature, n.cut)
			continue
		}
		for _, v := range t.values[n.child:][:f.outputs] {
			body = binary.LittleEndian.AppendUint16(body, v)
		}
	}
	return body
}

// bytesOfBits returns the number of bytes that n bits take.
func bytesOfBits(n int) int { return (n + 7) / 8 }
