package forest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"prewarm/shared/modelfile"
)

// Decode reads a section that Encode wrote. An error names tree, node, field,
// bound and value, and wraps modelfile.ErrFormat.
//
// All that Predict relies on is checked here, because a model file may be damaged or
// made by somebody else: children within the tree, features and cuts within their
// bounds, leaf values on the grid.
func Decode(d *modelfile.Decoder) (*Forest, error) {
	f := &Forest{features: d.Uint8("features", 1, MaxFeatures), outputs: d.Uint8("outputs", 1, MaxOutputs)}
	f.classes = d.Uint8("kind", 0, 1) == 1
	trees := d.Uint16("trees", 1, MaxTrees)
	// After an error the decoder returns lower bounds and nil slices, which each
	// step must bear; the first error is the one that is reported.
	if bounds := d.Float32s("low and top", 2, -math.MaxFloat32, math.MaxFloat32); len(bounds) > 0 {
		f.low, f.top = bounds[0], bounds[1]
	}
	if !f.classes && f.outputs != 1 {
		d.Failf("outputs of a regression must be 1, was: %d", f.outputs)
	}
	if f.low > f.top {
		d.Failf("low must be at most top (%v), was: %v", f.top, f.low)
	}
	f.decodeCuts(d)
	// Without the check of Err, a damaged count would run through up to MaxTrees
	// empty trees.
	for i := 0; i < trees && d.Err() == nil; i++ {
		f.trees = append(f.trees, f.decodeTree(d, i))
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	f.layOut()
	return f, nil
}

// decodeCuts reads the thresholds of each feature, which must ascend.
func (f *Forest) decodeCuts(d *modelfile.Decoder) {
	for feature := range f.features {
		name := fmt.Sprintf("cuts of feature %d", feature)
		cuts := d.Float32s(name, d.Uint8("number of "+name, 0, MaxCuts), -math.MaxFloat32, math.MaxFloat32)
		for i := 1; i < len(cuts); i++ {
			if cuts[i] <= cuts[i-1] {
				d.Failf("%s must ascend, were: %v before %v", name, cuts[i-1], cuts[i])
			}
		}
		f.cuts = append(f.cuts, cuts)
	}
}

// decodeTree reads one tree. The number of nodes, the bits of the leaves and the
// bytes of the nodes are checked before anything is allocated for them.
func (f *Forest) decodeTree(d *modelfile.Decoder, number int) tree {
	name := fmt.Sprintf("tree %d", number)
	size := d.Uint32("nodes of "+name, 1, MaxNodes)
	isLeaf := d.Bytes("leaf bits of "+name, bytesOfBits(size))
	leaves := 0
	for _, b := range isLeaf {
		leaves += bits.OnesCount8(b)
	}
	splits := size - leaves
	// Padding must be 0, so that one forest has one encoding, and a hash of the file
	// identifies the model.
	if rest := size % 8; rest > 0 && isLeaf != nil && isLeaf[size/8]>>rest != 0 {
		d.Failf("bits after the last node of %s must be 0, were: %08b", name, isLeaf[size/8])
	}
	// A full binary tree has one leaf more than splits. With this, every split has
	// its two children.
	if leaves != splits+1 {
		d.Failf("%s of %d nodes must have %d leaves, had: %d", name, size, (size+1)/2, leaves)
	}
	data := d.Bytes("content of "+name, 2*splits+2*f.outputs*leaves)
	if d.Err() != nil {
		return tree{}
	}
	t := tree{nodes: make([]node, 0, size), values: make([]uint16, 0, f.outputs*leaves)}
	if err := f.fill(&t, isLeaf, data); err != nil {
		d.Failf("%s: %w", name, err)
	}
	return t
}

// fill reads the nodes of a tree from data, which has the length that isLeaf
// says. A node whose parent would come after it has none.
func (f *Forest) fill(t *tree, isLeaf, data []byte) error {
	splits := 0
	for i := range cap(t.nodes) {
		// The splits so far have 2·splits children, nodes 1 to 2·splits. A later
		// node would have a parent after it, and find could loop for ever.
		if i > 2*splits {
			return fmt.Errorf("node %d has no parent", i)
		}
		if isLeaf[i/8]>>(i%8)&1 == 1 {
			t.nodes = append(t.nodes, node{feature: leaf, child: int32(len(t.values))})
			for range f.outputs {
				t.values = append(t.values, binary.LittleEndian.Uint16(data))
				data = data[2:]
			}
			continue
		}
		n, err := f.split(data[0], data[1])
		if err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		data = data[2:]
		n.child = int32(2*splits + 1)
		splits++
		t.nodes = append(t.nodes, n)
	}
	return nil
}

// split returns the node of a feature and the index of a cut.
func (f *Forest) split(feature, cut uint8) (node, error) {
	switch {
	case int(feature) >= f.features:
		return node{}, fmt.Errorf("feature must be below %d, was: %d", f.features, feature)
	case int(cut) >= len(f.cuts[feature]):
		return node{}, fmt.Errorf("cut of feature %d must be below %d, was: %d", feature, len(f.cuts[feature]), cut)
	}
	return node{threshold: f.cuts[feature][cut], feature: feature, cut: cut}, nil
}
