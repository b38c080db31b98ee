package capacity

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"prewarm/shared/forest"
)

// magic begins a file of a model of this version.
const magic = "prewarm capacity 1\n"

// Save writes the model: magic, mean, scale and spread as 64-bit little-endian
// floats, and the forest.
func Save(w io.Writer, m *Model) error {
	if _, err := io.WriteString(w, magic); err != nil {
		return err
	}
	for _, v := range []any{m.mean, m.scale, m.spread} {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			return err
		}
	}
	return forest.Save(w, m.forest)
}

// Load reads what Save wrote, from trusted and untrusted sources alike.
func Load(r io.Reader) (*Model, error) {
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != magic {
		return nil, fmt.Errorf("capacity: no model of this version: %w", errOr(err))
	}
	m := &Model{}
	for _, v := range []any{&m.mean, &m.scale, &m.spread} {
		if err := binary.Read(r, binary.LittleEndian, v); err != nil {
			return nil, fmt.Errorf("capacity: read the scaling: %w", err)
		}
	}
	for f, name := range Names() {
		if !(m.scale[f] > 0) || math.IsInf(m.scale[f], 0) || math.IsNaN(m.mean[f]) || math.IsInf(m.mean[f], 0) {
			return nil, fmt.Errorf("capacity: the scaling of %s must be finite and above 0, was: %v, %v", name, m.mean[f], m.scale[f])
		}
	}
	for _, v := range m.spread {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("capacity: the spread must be finite, was: %v", m.spread)
		}
	}
	var err error
	if m.forest, err = forest.Load(r); err != nil {
		return nil, err
	}
	if m.forest.Features() != Features || m.forest.Outputs() != 1 {
		return nil, fmt.Errorf("capacity: the forest must have %d features and 1 output, has: %d and %d", Features, m.forest.Features(), m.forest.Outputs())
	}
	return m, nil
}

func errOr(err error) error {
	if err == nil {
		return fmt.Errorf("it begins otherwise")
	}
	return err
}
