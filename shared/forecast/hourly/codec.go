package hourly

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"prewarm/shared/forecast"
	"prewarm/shared/forest"
	"prewarm/shared/modelfile"
	"prewarm/shared/nn/lstm"
)

// MaxFile bounds a model file in bytes.
const MaxFile = 4 << 20

// prefix is the beginning of the model file.
//
// The file, little-endian:
//
//	magic "PWHOUR" | version uint16 | gaps: Log uint8 × pooledGaps, Fall float32 |
//	both adaptations 2 × float32 | trust float32 |
//	CRC-32 (IEEE) of all before, uint32 |
//	networks of a function and of a series as in package lstm |
//	forest as in package forest
func prefix() modelfile.Prefix {
	return modelfile.Prefix{Magic: "PWHOUR", Version: 2, Fields: pooledGaps + 4*(1+4+1)}
}

// ErrFormat is wrapped by every error of Load that the file itself causes.
var ErrFormat = errors.New("hourly: invalid model file")

// Save writes the model to w.
func Save(w io.Writer, m *Model) error {
	fields := append([]byte(nil), m.Gaps.Log[:]...)
	for _, v := range m.coefficients() {
		fields = binary.LittleEndian.AppendUint32(fields, math.Float32bits(v))
	}
	if _, err := w.Write(prefix().Seal(fields)); err != nil {
		return fmt.Errorf("hourly: save: %w", err)
	}
	for _, n := range []*lstm.Network[float32]{m.Function, m.Series} {
		if err := lstm.Save(w, n); err != nil {
			return fmt.Errorf("hourly: %w", err)
		}
	}
	if err := forest.Save(w, m.Forest); err != nil {
		return fmt.Errorf("hourly: %w", err)
	}
	return nil
}

func (m *Model) coefficients() [6]float32 {
	return [6]float32{m.Gaps.Fall, m.Adapt.Gain, m.Adapt.Ridge, m.SeriesAdapt.Gain, m.SeriesAdapt.Ridge, m.ForestWeight}
}

// Load reads a model file to its end. An error names what is wrong with the
// file; memory is bounded by its length and MaxFile.
func Load(r io.Reader) (*Predictor, error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("hourly: read model: %w", err)
	case len(file) > MaxFile:
		return nil, fmt.Errorf("%w: file must have at most %d bytes", ErrFormat, MaxFile)
	}
	m, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	sum := sha256.Sum256(file)
	return New(m, hex.EncodeToString(sum[:6]))
}

func parse(file []byte) (*Model, error) {
	fields, rest, err := prefix().Open(file)
	if err != nil {
		return nil, err
	}
	m := &Model{}
	m.read(fields)
	r := bytes.NewReader(rest)
	for _, n := range []**lstm.Network[float32]{&m.Function, &m.Series} {
		if *n, err = lstm.Load(r); err != nil {
			return nil, err
		}
	}
	if m.Forest, err = forest.Load(r); err != nil {
		return nil, err
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("file must end after the forest, had %d more bytes", r.Len())
	}
	return m, m.check()
}

// read takes over the fields of the prefix.
func (m *Model) read(fields []byte) {
	rest := fields[copy(m.Gaps.Log[:], fields):]
	for i, v := range []*float32{&m.Gaps.Fall, &m.Adapt.Gain, &m.Adapt.Ridge, &m.SeriesAdapt.Gain, &m.SeriesAdapt.Ridge, &m.ForestWeight} {
		*v = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
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
