package lstm_test

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

	"prewarm/shared/nn/lstm"
)

func modelFile(t testing.TB) []byte {
	t.Helper()
	n := lstm.New[float32](lstm.Shape{Inputs: 2, Hidden: 3, Outputs: 2}, rand.New(rand.NewPCG(1, 2)))
	var buf bytes.Buffer
	if err := lstm.Save(&buf, n); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// seal renews the checksum after a change of the body.
func seal(file []byte) []byte {
	body := file[:len(file)-4]
	return binary.LittleEndian.AppendUint32(slices.Clone(body), crc32.ChecksumIEEE(body))
}

func TestLoadReturnsWhatSaveWrote(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	n := lstm.New[float64](lstm.Shape{Inputs: 5, Hidden: 7, Outputs: 3}, rng)
	var buf bytes.Buffer
	if err := lstm.Save(&buf, n); err != nil {
		t.Fatal(err)
	}
	buf.WriteString("next")
	got, err := lstm.Load(&buf)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range n.Params() {
		if got.Params()[i] != float32(p) {
			t.Fatalf("parameter %d is %v, was %v", i, got.Params()[i], p)
		}
	}
	if got.Shape != n.Shape || buf.String() != "next" {
		t.Errorf("shape %+v, left over %q", got.Shape, buf.String())
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	change := func(edit func(file []byte) []byte) []byte { return edit(slices.Clone(modelFile(t))) }
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"header must have", nil},
		{"header must have", modelFile(t)[:10]},
		{"parameters must have", modelFile(t)[:60]},
		{"magic must be", []byte("GIF89a and something that is long enough")},
		{"version must be", change(func(f []byte) []byte { f[6] = 9; return f })},
		{"hidden must be between", change(func(f []byte) []byte { f[14] = 0xff; return f })},
		{"inputs must be between", change(func(f []byte) []byte { f[8] = 0; return f })},
		{"checksum must be", change(func(f []byte) []byte { f[30] ^= 1; return f })},
		{"must be within", change(func(f []byte) []byte {
			binary.LittleEndian.PutUint32(f[20:], math.Float32bits(float32(math.NaN())))
			return seal(f)
		})},
	} {
		_, err := lstm.Load(bytes.NewReader(c.file))
		if !errors.Is(err, lstm.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestSaveReportsAFullDisk(t *testing.T) {
	_, full := io.Pipe()
	full.Close()
	n := lstm.New[float32](lstm.Shape{Inputs: 1, Hidden: 1, Outputs: 1}, rand.New(rand.NewPCG(1, 2)))
	if err := lstm.Save(full, n); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes, Load fails with ErrFormat or returns a network that is
// written back to the same bytes.
func FuzzLoad(f *testing.F) {
	file := modelFile(f)
	f.Add(file)
	f.Add(file[:len(file)-1])
	f.Add([]byte("PWLSTM"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4 {
			data = seal(data) // otherwise nothing gets past the checksum
		}
		n, err := lstm.Load(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, lstm.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		var buf bytes.Buffer
		if err := lstm.Save(&buf, n); err != nil || !bytes.HasPrefix(data, buf.Bytes()) {
			t.Errorf("saved differently: %v", err)
		}
	})
}
