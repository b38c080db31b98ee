package hourly

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"prewarm/shared/forest"
	"prewarm/shared/lstm"
)

// The model file, little-endian:
//
//	magic "PWHOUR" | version uint16 | gaps: Log uint8 × pooledGaps, Fall float32 |
//	both adaptations 2 × float32 | trust float32 |
//	CRC-32 (IEEE) of all before, uint32 |
//	networks of a function and of a series as in package lstm |
//	forest as in package forest
const (
	magic      = "PWHOUR"
	version    = 1
	prefixSize = len(magic) + 2 + pooledGaps + 4*(1+4+1)

	// MaxFile bounds a model file in bytes.
	MaxFile = 4 << 20
)

// ErrFormat is wrapped by every error of Load that the file itself causes.
var ErrFormat = errors.New("hourly: invalid model file")

// Save writes the model to w.
func Save(w io.Writer, m *Model) error {
	buf := append(make([]byte, 0, prefixSize+4), magic...)
	buf = binary.LittleEndian.AppendUint16(buf, version)
	buf = append(buf, m.Gaps.Log[:]...)
	for _, v := range m.coefficients() {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
	}
	buf = binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf))
	if _, err := w.Write(buf); err != nil {
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
	return [6]float32{m.Gaps.Fall, m.Adapt.Gain, m.Adapt.Ridge, m.Follow.Gain, m.Follow.Ridge, m.Trust}
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
	m := &Model{}
	if err := m.parsePrefix(file); err != nil {
		return nil, err
	}
	r := bytes.NewReader(file[prefixSize+4:])
	var err error
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

func (m *Model) parsePrefix(file []byte) error {
	if len(file) < prefixSize+4 {
		return fmt.Errorf("prefix must have %d bytes, had: %d", prefixSize+4, len(file))
	}
	if got := string(file[:len(magic)]); got != magic {
		return fmt.Errorf("magic must be %q, was: %q", magic, got)
	}
	if v := binary.LittleEndian.Uint16(file[len(magic):]); v != version {
		return fmt.Errorf("version must be %d, was: %d", version, v)
	}
	stored := binary.LittleEndian.Uint32(file[prefixSize:])
	if sum := crc32.ChecksumIEEE(file[:prefixSize]); sum != stored {
		return fmt.Errorf("checksum of the prefix must be %08x, was: %08x", stored, sum)
	}
	rest := file[len(magic)+2:]
	rest = rest[copy(m.Gaps.Log[:], rest):]
	for i, v := range []*float32{&m.Gaps.Fall, &m.Adapt.Gain, &m.Adapt.Ridge, &m.Follow.Gain, &m.Follow.Ridge, &m.Trust} {
		*v = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	return nil
}

// check holds the parts against their bounds and each other.
func (m *Model) check() error {
	if !(m.Gaps.Fall > 0 && m.Gaps.Fall < 1) || !(m.Trust >= 0 && m.Trust <= 1) {
		return fmt.Errorf("fall of the gaps must be between 0 and 1, and trust too, were: %v, %v", m.Gaps.Fall, m.Trust)
	}
	for _, a := range []Adaptation{m.Adapt, m.Follow} {
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
