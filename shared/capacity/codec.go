package capacity

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
	"slices"

	"prewarm/shared/forest"
)

// The model file, little-endian:
//
//	magic | length of the name uint8, name | length of the objective uint8, objective |
//	mean, scale, low, high of the features, service, reserve, levels float64 | seen uint8 |
//	spread, from float64 |
//	length of carry uint8, carry float64 | forest as in package forest |
//	CRC-32 (IEEE) of all before, uint32
const magic = "prewarm capacity 3\n"

// checksumSize is the length of the checksum in bytes.
const checksumSize = 4

// MaxText bounds name and objective in bytes; a name is that of a function.
const MaxText = 127

// maxFile bounds what Load reads in bytes.
const maxFile = 1 << 20

var (
	// ErrNoModel means an empty file.
	ErrNoModel = errors.New("capacity: no replica model; train one: go run ./models/train -grid FILE")
	// ErrFormat is wrapped by every other error of Load that the file causes.
	ErrFormat = errors.New("capacity: invalid model file")
)

// Save writes the model.
func Save(w io.Writer, m *Model) error {
	var buf bytes.Buffer
	buf.WriteString(magic)
	for _, text := range []string{m.about.Name, m.about.Objective} {
		if len(text) == 0 || len(text) > MaxText {
			return fmt.Errorf("capacity: name and objective must have 1 to %d bytes, had: %d", MaxText, len(text))
		}
		buf.WriteByte(byte(len(text)))
		buf.WriteString(text)
	}
	for _, v := range m.numbers() {
		_ = binary.Write(&buf, binary.LittleEndian, v) // a buffer takes all
	}
	buf.WriteByte(byte(len(m.carry)))
	_ = binary.Write(&buf, binary.LittleEndian, m.carry)
	if err := forest.Save(&buf, m.forest); err != nil {
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(buf.Bytes(), crc32.ChecksumIEEE(buf.Bytes())))
	return err
}

// numbers are the fields of fixed size in the order of the file.
func (m *Model) numbers() []any {
	return []any{&m.mean, &m.scale, &m.low, &m.high, &m.service, &m.reserve, &m.level, &m.seen, &m.spread, &m.from}
}

// Load reads what Save wrote, from trusted and untrusted sources alike. The
// version of the model is a hash of the file.
func Load(r io.Reader) (*Model, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("capacity: load: %w", err)
	}
	switch {
	case len(file) == 0:
		return nil, ErrNoModel
	case len(file) > maxFile:
		return nil, fmt.Errorf("%w: must have at most %d bytes", ErrFormat, maxFile)
	}
	body, err := checked(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	m := &Model{}
	if err := m.read(bytes.NewReader(body)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	sum := sha256.Sum256(file)
	m.version = hex.EncodeToString(sum[:6])
	return m, m.validate()
}

// checked returns what lies between magic and checksum, both of which it checks.
func checked(file []byte) ([]byte, error) {
	end := len(file) - checksumSize
	switch {
	case !bytes.HasPrefix(file, []byte(magic)):
		return nil, fmt.Errorf("must begin with %q, was: %q", magic, file[:min(len(file), len(magic))])
	case end < len(magic):
		return nil, fmt.Errorf("must have at least %d bytes, had: %d", len(magic)+checksumSize, len(file))
	}
	stored := binary.LittleEndian.Uint32(file[end:])
	if sum := crc32.ChecksumIEEE(file[:end]); sum != stored {
		return nil, fmt.Errorf("checksum must be %08x, was: %08x", stored, sum)
	}
	return file[len(magic):end], nil
}

// read takes the fields behind the magic.
func (m *Model) read(in *bytes.Reader) error {
	for _, text := range []*string{&m.about.Name, &m.about.Objective} {
		b, err := readCounted(in, 1)
		if err != nil {
			return err
		}
		*text = string(b)
	}
	for _, v := range m.numbers() {
		if err := binary.Read(in, binary.LittleEndian, v); err != nil {
			return fmt.Errorf("numbers: %w", err)
		}
	}
	b, err := readCounted(in, 8)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(b, 8) {
		m.carry = append(m.carry, math.Float64frombits(binary.LittleEndian.Uint64(part)))
	}
	if m.forest, err = forest.Load(in); err != nil {
		return err
	}
	if in.Len() > 0 {
		return fmt.Errorf("%d bytes after the forest", in.Len())
	}
	return nil
}

// readCounted reads a count of one byte and so many items of size bytes.
func readCounted(in *bytes.Reader, size int) ([]byte, error) {
	n, err := in.ReadByte()
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	b := make([]byte, int(n)*size)
	if _, err = io.ReadFull(in, b); err != nil {
		return nil, fmt.Errorf("%d counted items: %w", n, err)
	}
	return b, nil
}

func (m *Model) validate() error {
	for f, name := range Names() {
		for _, v := range []float64{m.mean[f], m.scale[f], m.low[f], m.high[f]} {
			if math.IsNaN(v) || math.IsInf(v, 0) || m.scale[f] <= 0 {
				return fmt.Errorf("%w: mean, scale and range of %s must be finite and the scale above 0, were: %v, %v, %v, %v",
					ErrFormat, name, m.mean[f], m.scale[f], m.low[f], m.high[f])
			}
		}
	}
	for _, v := range slices.Concat(m.level[:], m.spread[:], []float64{m.from}, m.carry) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: levels, spread and what replicas carry must be finite, were: %v, %v, %v, %v", ErrFormat, m.level, m.spread, m.from, m.carry)
		}
	}
	switch {
	case m.about.Name == "" || len(m.about.Name) > MaxText || len(m.about.Objective) > MaxText:
		return fmt.Errorf("%w: name and objective must have 1 to %d bytes", ErrFormat, MaxText)
	case !(m.service > 0 && m.service <= math.MaxFloat32) || !(m.reserve >= 0 && m.reserve <= 10):
		return fmt.Errorf("%w: the time of service must be finite and above 0, the reserve 0 to 10, were: %v, %v", ErrFormat, m.service, m.reserve)
	case !slices.IsSorted(m.carry) || len(m.carry) > MaxReplicas || (len(m.carry) > 0 && m.carry[0] < 0):
		return fmt.Errorf("%w: replicas must carry at least 0, more of them no less, and be at most %d, was: %v", ErrFormat, MaxReplicas, m.carry)
	case len(m.carry) > 0 && !(m.from > 0 && m.from <= m.carry[len(m.carry)-1]):
		return fmt.Errorf("%w: the lowest rate must be above 0 and at most %v, was: %v", ErrFormat, m.carry[len(m.carry)-1], m.from)
	case m.forest.Features() != columns || m.forest.Outputs() != 1:
		return fmt.Errorf("%w: the forest must have %d columns and 1 output, has: %d and %d", ErrFormat, columns, m.forest.Features(), m.forest.Outputs())
	}
	return nil
}
