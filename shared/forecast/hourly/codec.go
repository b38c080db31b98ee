package hourly

import (
	"errors"
	"fmt"
	"io"
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
	"prewarm/shared/nn/lstm"
)

// format returns the format of the model file. Its sections are the fields of Model; "gaps" holds
// Gaps.Log alone, and "coefficients" all single numbers.
func format() modelfile.Format {
	return modelfile.Format{
		Name: "hourly", Version: 3, MaxBytes: 4 << 20,
		Sections: []string{"gaps", "coefficients", "function", "series", "forest"},
	}
}

// Save writes the model to w.
func Save(w io.Writer, m *Model) error {
	coefficients := [6]float32{m.Gaps.Fall, m.Adapt.Gain, m.Adapt.Ridge, m.SeriesAdapt.Gain, m.SeriesAdapt.Ridge, m.ForestWeight}
	return format().Write(w,
		m.Gaps.Log[:], modelfile.Append(nil, coefficients), lstm.Encode(m.Function), lstm.Encode(m.Series), forest.Encode(m.Forest))
}

// Load reads a model file to its end. An error that the bytes cause wraps
// modelfile.ErrFormat and names section, field, bound and value. Memory is
// bounded by the length of the file.
func Load(r io.Reader) (*Predictor, error) {
	sections, id, err := format().Read(r)
	if err != nil {
		return nil, err
	}
	m, err := decode(sections)
	if err != nil {
		return nil, err
	}
	p, err := New(m, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", modelfile.ErrFormat, err)
	}
	return p, nil
}

// decode reads the sections in the order of format.
func decode(sections []*modelfile.Decoder) (*Model, error) {
	m := &Model{}
	copy(m.Gaps.Log[:], sections[0].Bytes("logarithms", len(m.Gaps.Log)))
	var c [6]float32
	copy(c[:], sections[1].Float32s("coefficient", len(c), -math.MaxFloat32, math.MaxFloat32))
	m.Gaps.Fall, m.ForestWeight = c[0], c[5]
	m.Adapt, m.SeriesAdapt = forecast.Adaptation{Gain: c[1], Ridge: c[2]}, forecast.Adaptation{Gain: c[3], Ridge: c[4]}
	if err := errors.Join(sections[0].End(), sections[1].End()); err != nil {
		return nil, err
	}
	var err error
	for i, n := range []**lstm.Network[float32]{&m.Function, &m.Series} {
		if *n, err = lstm.Decode(sections[2+i]); err != nil {
			return nil, err
		}
	}
	m.Forest, err = forest.Decode(sections[4])
	return m, err
}

// check holds the parts against their bounds and each other.
func (m *Model) check() error {
	if !(m.Gaps.Fall > 0 && m.Gaps.Fall < 1) || !(m.ForestWeight >= 0 && m.ForestWeight <= 1) {
		return fmt.Errorf("fall of the gaps must be between 0 and 1, and trust too, were: %v, %v", m.Gaps.Fall, m.ForestWeight)
	}
	for _, a := range []forecast.Adaptation{m.Adapt, m.SeriesAdapt} {
		if !(a.Gain >= 0 && a.Gain <= 100) || !(a.Ridge >= 1e-3 && a.Ridge <= 1e6) {
			return fmt.Errorf("gain must be from 0 to 100 and ridge from 1e-3 to 1e6, were: %+v", a)
		}
	}
	for _, n := range []struct {
		name    string
		network *lstm.Network[float32]
		inputs  int
	}{{"function", m.Function, Inputs}, {"series", m.Series, SeriesInputs}} {
		if n.network.Inputs != n.inputs || n.network.Outputs != 1 {
			return fmt.Errorf("network of a %s must have %d inputs and 1 output, had: %d and %d", n.name, n.inputs, n.network.Inputs, n.network.Outputs)
		}
	}
	if m.Forest.Features() != Columns || m.Forest.Outputs() != 1 {
		return fmt.Errorf("forest must have %d features and 1 output, had: %d and %d", Columns, m.Forest.Features(), m.Forest.Outputs())
	}
	return nil
}
