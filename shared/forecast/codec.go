package forecast

import (
	"errors"
	"fmt"
	"io"

	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
	"prewarm/shared/nn/dense"
	"prewarm/shared/nn/lstm"
)

// format returns the format of the model file. Its sections are the fields of Model.
func format() modelfile.Format {
	return modelfile.Format{
		Name: "forecast", Version: 6, MaxBytes: 32 << 20,
		Sections: []string{"pooled", "coefficients", "dense", "network", "refiner", "need", "cold"},
	}
}

// Save writes the model to w.
func Save(w io.Writer, m *Model) error {
	return format().Write(w,
		modelfile.Append(nil, m.Pooled), modelfile.Append(nil, m.coefficients()), dense.Encode(m.Dense), lstm.Encode(m.Network),
		forest.Encode(m.Refiner), forest.Encode(m.Need), forest.Encode(m.Cold))
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
	copy(m.Pooled[:], sections[0].Float32s("share", len(m.Pooled), 0, 1))
	var c [6]float32
	copy(c[:], sections[1].Float32s("coefficient", len(c), -100, 100))
	m.Stack = Stack{Refiner: c[0], Dense: c[1], Network: c[2], Bias: c[3]}
	m.Adapt = Adaptation{Gain: c[4], Ridge: c[5]}
	if err := errors.Join(sections[0].End(), sections[1].End()); err != nil {
		return nil, err
	}
	var err error
	if m.Dense, err = dense.Decode(sections[2]); err != nil {
		return nil, err
	}
	if m.Network, err = lstm.Decode(sections[3]); err != nil {
		return nil, err
	}
	for i, f := range []**forest.Forest{&m.Refiner, &m.Need, &m.Cold} {
		if *f, err = forest.Decode(sections[4+i]); err != nil {
			return nil, err
		}
	}
	return m, nil
}
