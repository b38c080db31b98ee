package capacity

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// modelFile is the file of a model that takes no time to learn.
func modelFile(t testing.TB) []byte {
	t.Helper()
	m, err := Train(few()[:3], options(), rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := Save(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// seal renews the checksum after a change of what lies before it.
func seal(file []byte) []byte {
	body := slices.Clone(file[:len(file)-checksumSize])
	return binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	file := modelFile(t)
	change := func(edit func(file []byte) []byte) []byte { return edit(slices.Clone(file)) }
	texts := len(magic) + 2 + len(options().About.Name) + len(options().About.Objective)
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"must begin with", file[:10]},
		{"must begin with", append([]byte("X"), file...)},
		{"prewarm capacity 2", []byte(strings.Replace(string(file), "capacity 3", "capacity 2", 1))},
		{"must have at least", []byte(magic + "abc")},
		{"checksum must be", file[:100]},
		{"checksum must be", append(slices.Clone(file), 0)},
		{"counted items", seal(file[:len(magic)+2+checksumSize])},
		{"numbers", seal(file[:100])},
		{"bytes after the forest", seal(append(slices.Clone(file), 0))},
		{"must have at most", make([]byte, maxFile+1)},
		{"must be finite", change(func(f []byte) []byte {
			binary.LittleEndian.PutUint64(f[texts:], math.Float64bits(math.NaN()))
			return seal(f)
		})},
	} {
		if _, err := Load(bytes.NewReader(c.file)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
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
		if _, err := Load(bytes.NewReader(file)); !errors.Is(err, ErrFormat) {
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

// Whatever the bytes, Load fails with one of its errors or returns a model that
// answers.
func FuzzLoad(f *testing.F) {
	f.Add(modelFile(f))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > checksumSize {
			data = seal(data) // otherwise nothing gets past the checksum
		}
		m, err := Load(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrNoModel) {
				t.Errorf("got %v", err)
			}
			return
		}
		if a := m.Predict(Vector{}); a.Replicas < 1 || a.Replicas > MaxReplicas {
			t.Errorf("got %+v", a)
		}
	})
}
