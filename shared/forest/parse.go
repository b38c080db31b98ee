package forest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errShort means a body that ends within a field.
var errShort = errors.New("body ends too early")

// cursor takes fields off a body. The first shortage sticks.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) take(n int) []byte {
	if len(c.rest) < n {
		c.err, c.rest = errShort, nil
		return make([]byte, n)
	}
	head := c.rest[:n]
	c.rest = c.rest[n:]
	return head
}

func (c *cursor) uint8() uint8     { return c.take(1)[0] }
func (c *cursor) uint16() uint16   { return binary.LittleEndian.Uint16(c.take(2)) }
func (c *cursor) uint32() uint32   { return binary.LittleEndian.Uint32(c.take(4)) }
func (c *cursor) float32() float32 { return math.Float32frombits(c.uint32()) }

func parseBody(body []byte) (*Forest, error) {
	c := &cursor{rest: body}
	f := &Forest{features: int(c.uint8()), outputs: int(c.uint8())}
	kind, trees := c.uint8(), int(c.uint16())
	f.classes, f.low, f.top = kind == 1, c.float32(), c.float32()
	switch {
	case c.err != nil:
		return nil, c.err
	case f.features < 1 || f.features > MaxFeatures:
		return nil, fmt.Errorf("features must be between 1 and %d, was: %d", MaxFeatures, f.features)
	case kind > 1 || f.outputs < 1 || kind == 0 && f.outputs != 1:
		return nil, fmt.Errorf("kind and outputs must be 0 and 1, or 1 and at least 1, were: %d and %d", kind, f.outputs)
	case trees < 1 || trees > MaxTrees:
		return nil, fmt.Errorf("trees must be between 1 and %d, was: %d", MaxTrees, trees)
	case !finite(f.low) || !finite(f.top) || f.low > f.top:
		return nil, fmt.Errorf("low and top must be finite and ordered, were: %v and %v", f.low, f.top)
	}
	if err := f.parseCuts(c); err != nil {
		return nil, err
	}
	for i := range trees {
		t, err := f.parseTree(c)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		f.trees = append(f.trees, t)
	}
	if len(c.rest) > 0 {
		return nil, fmt.Errorf("body must end after the last tree, had %d more bytes", len(c.rest))
	}
	return f, nil
}

func (f *Forest) parseCuts(c *cursor) error {
	for feature := range f.features {
		cuts := make([]float32, c.uint8())
		for i := range cuts {
			cuts[i] = c.float32()
			if !finite(cuts[i]) || i > 0 && cuts[i] <= cuts[i-1] {
				return fmt.Errorf("cut %d of feature %d must be finite and above the one before, was: %v", i, feature, cuts[i])
			}
			if c.err != nil {
				return c.err
			}
		}
		f.cuts = append(f.cuts, cuts)
	}
	return c.err
}

func (f *Forest) parseTree(c *cursor) (tree, error) {
	var t tree
	size := int(c.uint32())
	if c.err == nil && (size%2 == 0 || size > MaxNodes || size > len(c.rest)) {
		return t, fmt.Errorf("nodes must be odd, at most %d and within the body, was: %d", min(MaxNodes, len(c.rest)), size)
	}
	leaves := c.take(bytesOfBits(size))
	if c.err != nil {
		return t, c.err
	}
	if size%8 > 0 && leaves[size/8]>>(size%8) != 0 {
		return t, fmt.Errorf("bits after the last node must be 0, were: %08b", leaves[size/8])
	}
	t.nodes = make([]node, 0, size)
	splits := 0
	for i := range size {
		if i > 2*splits {
			return t, fmt.Errorf("node %d has no parent", i)
		}
		if leaves[i/8]>>(i%8)&1 == 1 {
			f.parseLeaf(c, &t)
			continue
		}
		n, err := f.parseSplit(c)
		if err != nil {
			return t, fmt.Errorf("node %d: %w", i, err)
		}
		n.child = int32(2*splits + 1)
		splits++
		t.nodes = append(t.nodes, n)
	}
	if c.err == nil && size != 2*splits+1 {
		return t, fmt.Errorf("nodes must be %d for %d splits, was: %d", 2*splits+1, splits, size)
	}
	return t, c.err
}

func (f *Forest) parseLeaf(c *cursor, t *tree) {
	t.nodes = append(t.nodes, node{feature: leaf, child: int32(len(t.values))})
	for range f.outputs {
		t.values = append(t.values, c.uint16())
	}
}

func (f *Forest) parseSplit(c *cursor) (node, error) {
	feature, cut := c.uint8(), c.uint8()
	switch {
	case c.err != nil:
		return node{}, c.err
	case int(feature) >= f.features:
		return node{}, fmt.Errorf("feature must be below %d, was: %d", f.features, feature)
	case int(cut) >= len(f.cuts[feature]):
		return node{}, fmt.Errorf("cut of feature %d must be below %d, was: %d", feature, len(f.cuts[feature]), cut)
	}
	return node{threshold: f.cuts[feature][cut], feature: feature, cut: cut}, nil
}
