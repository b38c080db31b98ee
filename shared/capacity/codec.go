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

// format returns the format of the model file. The section "features" holds mean, scale, low and high
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
	for _, text := range []string{m.About.Name, m.About.Objective} {
		if len(text) == 0 || len(text) > MaxText {
			return fmt.Errorf("capacity: name and objective must have 1 to %d bytes, had: %d", MaxText, len(text))
		}
	}
	return format().Write(w,
		modelfile.AppendText(modelfile.AppendText(nil, m.About.Name), m.About.Objective),
		modelfile.Append(nil, m.Mean, m.Scale, m.Low, m.High),
		modelfile.Append(nil, m.Service, m.Reserve, m.Level, m.Spread, m.LowestRate, m.Seen),
		modelfile.Append(nil, uint8(len(m.Carry)), m.Carry),
		forest.Encode(m.Forest))
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
	m.About = About{Name: about.Text("name", 1, MaxText), Objective: about.Text("objective", 1, MaxText)}
	for _, v := range []struct {
		name string
		into *Vector
		low  float64
	}{{"mean", &m.Mean, -math.MaxFloat64}, {"scale", &m.Scale, math.SmallestNonzeroFloat64}, {"low", &m.Low, -math.MaxFloat64}, {"high", &m.High, -math.MaxFloat64}} {
		copy(v.into[:], features.Float64s(v.name, Features, v.low, math.MaxFloat64))
	}
	m.decodeCoefficients(coefficients)
	m.Carry = carry.Float64s("carry", carry.Uint8("number of replicas", 0, MaxReplicas), 0, math.MaxFloat64)
	for _, d := range sections[:4] {
		if err := d.End(); err != nil {
			return err
		}
	}
	m.Forest, err = forest.Decode(sections[4])
	return err
}

// decodeCoefficients reads the section of that name.
func (m *Model) decodeCoefficients(d *modelfile.Decoder) {
	one := func(name string, low, high float64) float64 {
		return append(d.Float64s(name, 1, low, high), 0)[0] // 0 after an error
	}
	m.Service = one("service", math.SmallestNonzeroFloat64, math.MaxFloat32)
	m.Reserve = one("reserve", 0, 10)
	copy(m.Level[:], d.Float64s("level", len(m.Level), -math.MaxFloat64, math.MaxFloat64))
	copy(m.Spread[:], d.Float64s("spread", len(m.Spread), -math.MaxFloat64, math.MaxFloat64))
	m.LowestRate = one("lowest rate", -math.MaxFloat64, math.MaxFloat64)
	for k := range m.Seen {
		m.Seen[k] = d.Uint8("seen", 0, 1) == 1
	}
}

// check compares the fields with each other.
func (m *Model) check() error {
	switch n := len(m.Carry); {
	case !slices.IsSorted(m.Carry):
		return fmt.Errorf("more replicas must carry no less, was: %v", m.Carry)
	case n > 0 && !(m.LowestRate > 0 && m.LowestRate <= m.Carry[n-1]):
		return fmt.Errorf("lowest rate must be above 0 and at most %v, was: %v", m.Carry[n-1], m.LowestRate)
	case m.Forest.Features() != Columns || m.Forest.Outputs() != 1:
		return fmt.Errorf("forest must have %d features and 1 output, had: %d and %d", Columns, m.Forest.Features(), m.Forest.Outputs())
	}
	return nil
}
