package lstm_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/modelfile"
	"prewarm/shared/nn/lstm"
)

// encoded returns the section of a small network.
func encoded() []byte {
	return lstm.Encode(lstm.New[float32](lstm.Shape{Inputs: 2, Hidden: 3, Outputs: 2}, rand.New(rand.NewPCG(1, 2))))
}

func decode(body []byte) (*lstm.Network[float32], error) {
	return lstm.Decode(modelfile.NewDecoder("network", body))
}

func TestDecodeReturnsWhatEncodeWrote(t *testing.T) {
	n := lstm.New[float64](lstm.Shape{Inputs: 5, Hidden: 7, Outputs: 3}, rand.New(rand.NewPCG(8, 9)))
	got, err := decode(lstm.Encode(n))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range n.Params() {
		if got.Params()[i] != float32(p) {
			t.Fatalf("parameter %d is %v, was %v", i, got.Params()[i], p)
		}
	}
	if got.Shape != n.Shape {
		t.Errorf("shape %+v, was %+v", got.Shape, n.Shape)
	}
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	put := func(at int, v uint32) []byte {
		body := encoded()
		binary.LittleEndian.PutUint32(body[at:], v)
		return body
	}
	for _, c := range []struct {
		want string
		body []byte
	}{
		{"inputs must have 4 bytes, had: 0", nil},
		{"inputs must be between 1 and 256, was: 0", put(0, 0)},
		{"hidden must be between 1 and 512, was: 65536", put(4, 1<<16)},
		{"outputs must be between 1 and 1024, was: 1025", put(8, 1025)},
		{"parameters must have 320 bytes, had: 48", encoded()[:60]},
		{"parameters[0] must be between -1e+06 and 1e+06, was: NaN", put(12, math.Float32bits(float32(math.NaN())))},
		{"must end after its last field, had 1 more bytes", append(encoded(), 0)},
	} {
		if _, err := decode(c.body); !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), "network: "+c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// Whatever the bytes, Decode fails with ErrFormat or returns a network that is
// written back to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add(encoded())
	f.Add(slices.Concat(encoded(), []byte{0}))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := decode(body)
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		if !bytes.Equal(lstm.Encode(n), body) {
			t.Error("encoded differently")
		}
	})
}
