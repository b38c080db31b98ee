package forest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
)

func smallForest(t testing.TB, classes bool) *Forest {
	t.Helper()
	x, y := noisyStep(200, source())
	cfg := Config{Trees: 3, MaxLeafs: 6, Features: 2, Cuts: 20}
	if !classes {
		f, err := TrainRegressor(cfg, x, 5, y, source())
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	label := make([]int, len(y))
	for i, v := range y {
		if v > 0.5 {
			label[i] = 1
		}
	}
	f, err := TrainClassifier(cfg, x, 5, label, 2, source())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func saved(t testing.TB, f *Forest) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Save(&buf, f); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// seal renews length and checksum after a change of the body.
func seal(file []byte) []byte {
	body := slices.Clone(file[:len(file)-4])
	binary.LittleEndian.PutUint32(body[len(magic)+2:], uint32(len(body)-headerSize))
	return binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
}

// A loaded forest predicts bit for bit what the trained one did.
func TestLoadReturnsWhatSaveWrote(t *testing.T) {
	x, _ := noisyStep(50, source())
	for _, classes := range []bool{false, true} {
		f := smallForest(t, classes)
		r := bytes.NewReader(append(saved(t, f), "next"...))
		got, err := Load(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Features() != f.Features() || got.Outputs() != f.Outputs() || got.Nodes() != f.Nodes() || r.Len() != 4 {
			t.Errorf("classes %v: %d features, %d outputs, %d nodes, %d bytes left", classes, got.Features(), got.Outputs(), got.Nodes(), r.Len())
		}
		want, p := f.Predict(make([]float32, 50*f.Outputs()), x), got.Predict(make([]float32, 50*f.Outputs()), x)
		if !slices.Equal(want, p) {
			t.Errorf("classes %v: predictions differ", classes)
		}
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	file := saved(t, smallForest(t, false))
	const body = headerSize
	firstTree := body + 13
	for feature := 0; feature < 5; feature++ {
		firstTree += 1 + 4*int(file[firstTree])
	}
	leaves := firstTree + 4 // the bits of 11 nodes, two bytes
	change := func(at int, b ...byte) []byte {
		f := slices.Clone(file)
		copy(f[at:], b)
		return f
	}
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"header must have", file[:5]},
		{"body must have", file[:100]},
		{"magic must be", []byte("\x7fELF and a long tail of other bytes")},
		{"version must be", change(6, 1)},
		{"body must have at most", change(8, 255, 255, 255, 255)},
		{"checksum must be", change(40, file[40]^1)},
		{"features must be", seal(change(body, 0))},
		{"features must be", seal(change(body, 255))},
		{"kind and outputs", seal(change(body+1, 2))},
		{"trees must be", seal(change(body+3, 0, 0))},
		{"low and top must be finite", seal(change(body+5, 0, 0, 0xc0, 0x7f))},
		{"cut 0 of feature 0 must be finite", seal(change(body+14, 0, 0, 0xc0, 0x7f))},
		{"nodes must be odd", seal(change(firstTree, 2, 0, 0, 0))},
		{"node 11 has no parent", seal(change(firstTree, 13, 0, 0, 0))},
		{"nodes must be 11", seal(change(firstTree, 9, 0, 0, 0, file[leaves], file[leaves+1]&1))},
		{"bits after the last node must be 0", seal(change(leaves+1, file[leaves+1]|0x80))},
		{"node 1 has no parent", seal(change(leaves, file[leaves]|1))},
		{"feature must be below 5", seal(change(leaves+2, 7))},
		{"cut of feature", seal(change(leaves+3, 200))},
		{"ends too early", seal(file[:body+6])},
		{"body must end after the last tree", seal(append(slices.Clone(file), 0))},
	} {
		_, err := Load(bytes.NewReader(c.file))
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestSaveReportsAFullDisk(t *testing.T) {
	_, full := io.Pipe()
	full.Close()
	if err := Save(full, smallForest(t, false)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes, Load fails with ErrFormat or returns a forest that
// predicts and is written back to the same bytes.
func FuzzLoad(f *testing.F) {
	for _, classes := range []bool{false, true} {
		file := saved(f, smallForest(f, classes))
		f.Add(file)
		f.Add(file[:len(file)-1])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > headerSize+4 {
			data = seal(data) // otherwise nothing gets past the checksum
		}
		forest, err := Load(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		forest.Predict(make([]float32, forest.Outputs()), make([]float32, forest.Features()))
		if !bytes.HasPrefix(data, saved(t, forest)) {
			t.Error("saved differently")
		}
	})
}
