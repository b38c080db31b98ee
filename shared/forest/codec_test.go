package forest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/modelfile"
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

func decode(body []byte) (*Forest, error) {
	return Decode(modelfile.NewDecoder("forest", body))
}

// A decoded forest predicts bit for bit what the trained one did.
func TestDecodeReturnsWhatEncodeWrote(t *testing.T) {
	x, _ := noisyStep(50, source())
	for _, classes := range []bool{false, true} {
		f := smallForest(t, classes)
		got, err := decode(Encode(f))
		if err != nil {
			t.Fatal(err)
		}
		if got.Features() != f.Features() || got.Outputs() != f.Outputs() || got.Nodes() != f.Nodes() {
			t.Errorf("classes %v: %d features, %d outputs, %d nodes", classes, got.Features(), got.Outputs(), got.Nodes())
		}
		want, p := f.Predict(make([]float32, 50*f.Outputs()), x), got.Predict(make([]float32, 50*f.Outputs()), x)
		if !slices.Equal(want, p) {
			t.Errorf("classes %v: predictions differ", classes)
		}
	}
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	body := Encode(smallForest(t, false))
	firstTree := 13 // features, outputs, kind, trees, low, top
	for range 5 {   // the cuts of each feature
		firstTree += 1 + 4*int(body[firstTree])
	}
	leaves := firstTree + 4 // the bits of 11 nodes, two bytes
	change := func(at int, b ...byte) []byte {
		changed := slices.Clone(body)
		copy(changed[at:], b)
		return changed
	}
	for _, c := range []struct {
		want string
		body []byte
	}{
		{"features must have 1 bytes, had: 0", nil},
		{"low and top must have 8 bytes, had: 1", body[:6]},
		{"features must be between 1 and 254, was: 0", change(0, 0)},
		{"features must be between 1 and 254, was: 255", change(0, 255)},
		{"outputs must be between 1 and 255, was: 0", change(1, 0)},
		{"outputs of a regression must be 1, was: 2", change(1, 2)},
		{"kind must be between 0 and 1, was: 2", change(2, 2)},
		{"trees must be between 1 and 1024, was: 0", change(3, 0, 0)},
		{"low and top[0] must be between -3.4", change(5, 0, 0, 0xc0, 0x7f)},
		{"low must be at most top", change(5, 0, 0, 0x7f, 0x7f)},
		{"cuts of feature 0[0] must be between -3.4", change(14, 0, 0, 0xc0, 0x7f)},
		{"cuts of feature 0 must ascend", change(14, 0, 0, 0x7f, 0x7f)},
		{"nodes of tree 0 must be between 1 and 1048576, was: 0", change(firstTree, 0, 0, 0, 0)},
		{"leaf bits of tree 0 must have 131072 bytes", change(firstTree, 0, 0, 0x10, 0)},
		{"tree 0 of 12 nodes must have 6 leaves, had: 6", change(firstTree, 12, 0, 0, 0)},
		{"tree 0 of 13 nodes must have 7 leaves, had: 6", change(firstTree, 13, 0, 0, 0)},
		{"bits after the last node of tree 0 must be 0, were: 1", change(leaves+1, body[leaves+1]|0x80)},
		{"tree 0: node 1 has no parent", change(leaves, 0b1101_0001, 0b011)},
		{"content of tree 0 must have 22 bytes, had: 21", body[:leaves+2+21]},
		{"tree 0: node 0: feature must be below 5, was: 7", change(leaves+2, 7)},
		{"tree 0: node 0: cut of feature", change(leaves+3, 200)},
		{"must end after its last field, had 1 more bytes", append(slices.Clone(body), 0)},
	} {
		_, err := decode(c.body)
		if !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), "forest: "+c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// Whatever the bytes, Decode fails with ErrFormat or returns a forest that
// predicts and is written back to the same bytes.
func FuzzDecode(f *testing.F) {
	for _, classes := range []bool{false, true} {
		body := Encode(smallForest(f, classes))
		f.Add(body)
		f.Add(body[:len(body)-1])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		forest, err := decode(body)
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		forest.Predict(make([]float32, forest.Outputs()), make([]float32, forest.Features()))
		if !bytes.Equal(Encode(forest), body) {
			t.Error("encoded differently")
		}
	})
}
