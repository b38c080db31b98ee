package capacity

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
)

// format is that of the model file. The section "features" holds mean, scale, low and high
// of all features, "coefficients" the numbers that capacity is computed from, and
// "carry" what 1, 2, ... replicas carry.
func format() modelfile.Format {
	return modelfile.Format{
		Name: "capacity", Version: 4, MaxBytes: 1 << 20,
		Sections: []string{"about", "features", "coefficients", "carry", "forest"},
	}
}

// MaxText bounds name and objective in bytes; a name is that of a function.
const MaxText = 127

// ErrNoModel means an empty file.
var ErrNoModel = errors.New("capacity: no replica model; train one: go run ./models/train -grid FILE")

// Save writes the model.
func Save(w io.Writer, m *Model) error {
	for _, text := range []string{m.about.Name, m.about.Objective} {
		if len(text) == 0 || len(text) > MaxText {
			return fmt.Errorf("capacity: name and objective must have 1 to %d bytes, had: %d", MaxText, len(text))
		}
	}
	return format().Write(w,
		modelfile.AppendText(modelfile.AppendText(nil, m.about.Name), m.about.Objective),
		modelfile.Append(nil, m.mean, m.scale, m.low, m.high),
		modelfile.Append(nil, m.service, m.reserve, m.level, m.spread, m.from, m.seen),
		modelfile.Append(nil, uint8(len(m.carry)), m.carry),
		forest.Encode(m.forest))
}

// Load reads what Save wrote, from trusted and untrusted sources alike. An error
// that the bytes cause wraps modelfile.ErrFormat, but that of an empty file is
// ErrNoModel. The version of the model is a hash of the file.
func Load(r io.Reader) (*Model, error) {
	sections, id, err := format().Read(r)
	if errors.Is(err, modelfile.ErrEmpty) {
		return nil, ErrNoModel
	}
	if err != nil {
		return nil, err
	}
	m := &Model{version: id}
	if err := m.decode(sections); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: capacity: %w", modelfile.ErrFormat, err)
	}
	return m, nil
}

// decode reads the sections in the order of format.
func (m *Model) decode(sections []*modelfile.Decoder) (err error) {
	about, features, coefficients, carry := sections[0], sections[1], sections[2], sections[3]
	m.about = About{Name: about.Text("name", 1, MaxText), Objective: about.Text("objective", 1, MaxText)}
	for _, v := range []struct {
		name string
		into *Vector
		low  float64
	}{{"mean", &m.mean, -math.MaxFloat64}, {"scale", &m.scale, math.SmallestNonzeroFloat64}, {"low", &m.low, -math.MaxFloat64}, {"high", &m.high, -math.MaxFloat64}} {
		copy(v.into[:], features.Float64s(v.name, Features, v.low, math.MaxFloat64))
	}
	m.decodeCoefficients(coefficients)
	m.carry = carry.Float64s("carry", carry.Uint8("number of replicas", 0, MaxReplicas), 0, math.MaxFloat64)
	for _, d := range sections[:4] {
		if err := d.End(); err != nil {
			return err
		}
	}
	m.forest, err = forest.Decode(sections[4])
	return err
}

// decodeCoefficients reads the section of that name.
func (m *Model) decodeCoefficients(d *modelfile.Decoder) {
	one := func(name string, low, high float64) float64 {
		return append(d.Float64s(name, 1, low, high), 0)[0] // 0 after an error
	}
	m.service = one("service", math.SmallestNonzeroFloat64, math.MaxFloat32)
	m.reserve = one("reserve", 0, 10)
	copy(m.level[:], d.Float64s("level", len(m.level), -math.MaxFloat64, math.MaxFloat64))
	copy(m.spread[:], d.Float64s("spread", len(m.spread), -math.MaxFloat64, math.MaxFloat64))
	m.from = one("lowest rate", -math.MaxFloat64, math.MaxFloat64)
	for k := range m.seen {
		m.seen[k] = d.Uint8("seen", 0, 1) == 1
	}
}

// check holds the fields against each other.
func (m *Model) check() error {
	switch n := len(m.carry); {
	case !slices.IsSorted(m.carry):
		return fmt.Errorf("more replicas must carry no less, was: %v", m.carry)
	case n > 0 && !(m.from > 0 && m.from <= m.carry[n-1]):
		return fmt.Errorf("lowest rate must be above 0 and at most %v, was: %v", m.carry[n-1], m.from)
	case m.forest.Features() != columns || m.forest.Outputs() != 1:
		return fmt.Errorf("forest must have %d features and 1 output, had: %d and %d", columns, m.forest.Features(), m.forest.Outputs())
	}
	return nil
}
