package capacity

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/modelfile"
)

// modelFile returns the file of the made-up model.
func modelFile(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Save(&file, madeUp(t)); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// changed returns a file after a change of the body of one of its sections, with
// checksums that fit.
func changed(t testing.TB, file []byte, section string, change func(body []byte) []byte) []byte {
	t.Helper()
	f, err := modelfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(format().Sections, section)
	f.Sections[at].Body = change(slices.Clone(f.Sections[at].Body))
	return f.Bytes()
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	file := modelFile(t)
	put := func(section string, at int, v float64) []byte {
		return changed(t, file, section, func(b []byte) []byte {
			binary.LittleEndian.PutUint64(b[at:], math.Float64bits(v))
			return b
		})
	}
	replaced := func(section string, body []byte) []byte {
		return changed(t, file, section, func([]byte) []byte { return body })
	}
	const vector = 8 * Features
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"section about: body must have", file[:30]},
		{"must have at most", make([]byte, format().MaxBytes+1)},
		{"about: length of the name must be between 1 and 127, was: 0", replaced("about", []byte{0, 0})},
		{"about: length of the objective must be between 1 and 127, was: 0", replaced("about", []byte{1, 'f', 0})},
		{"about: must end after its last field", replaced("about", []byte{1, 'f', 1, 'o', 0})},
		{"features: mean[0] must be between", put("features", 0, math.NaN())},
		{"features: scale[0] must be between 5e-324", put("features", vector, 0)},
		{"features: high[8] must be between", put("features", 4*vector-8, math.Inf(1))},
		{"coefficients: service[0] must be between", put("coefficients", 0, 0)},
		{"coefficients: reserve[0] must be between 0 and 10, was: 11", put("coefficients", 8, 11)},
		{"coefficients: level[1] must be between", put("coefficients", 24, math.NaN())},
		{"coefficients: lowest rate[0] must be between", put("coefficients", 48, math.Inf(1))},
		{"carry: number of replicas must be between 0 and 100, was: 101", replaced("carry", []byte{101})},
		{"carry: carry must have 8 bytes, had: 0", replaced("carry", []byte{1})},
		{"carry: carry[0] must be between 0", replaced("carry", modelfile.Append(nil, uint8(1), -1.0))},
		{"more replicas must carry no less, was: [2 1]", replaced("carry", modelfile.Append(nil, uint8(2), 2.0, 1.0))},
		{"lowest rate must be above 0 and at most 1e-09", replaced("carry", modelfile.Append(nil, uint8(1), 1e-9))},
		{"forest: features must have 1 bytes, had: 0", replaced("forest", nil)},
	} {
		if _, err := Load(bytes.NewReader(c.file)); !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if _, err := Load(bytes.NewReader(nil)); !errors.Is(err, ErrNoModel) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	file := modelFile(t)
	for i := range 8 * len(file) {
		file[i/8] ^= 1 << (i % 8)
		if _, err := Load(bytes.NewReader(file)); !errors.Is(err, modelfile.ErrFormat) {
			t.Fatalf("bit %d of byte %d was flipped: %v", i%8, i/8, err)
		}
		file[i/8] ^= 1 << (i % 8)
	}
}

func TestSaveReportsAFullDisk(t *testing.T) {
	m, err := Load(bytes.NewReader(modelFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, broken := io.Pipe()
	broken.Close()
	if err := Save(broken, m); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes of a section, Load fails with ErrFormat or returns a model
// that answers.
func FuzzLoad(f *testing.F) {
	file := modelFile(f)
	valid, err := modelfile.Parse(file)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range valid.Sections {
		f.Add(byte(i), s.Body)
		f.Add(byte(i), s.Body[:len(s.Body)/2])
	}
	f.Fuzz(func(t *testing.T, section byte, body []byte) {
		name := valid.Sections[int(section)%len(valid.Sections)].Name
		m, err := Load(bytes.NewReader(changed(t, file, name, func([]byte) []byte { return body })))
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		if a := m.Predict(Vector{}); a.Replicas < 1 || a.Replicas > MaxReplicas {
			t.Errorf("got %+v", a)
		}
	})
}
