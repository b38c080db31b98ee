package dense

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/modelfile"
)

// encoded returns the section of a small network: 12 bytes of shape, 20 weights
// of 2 bytes, 9 other parameters of 4.
func encoded() []byte {
	n, _, _ := random(Shape{Varying: 2, Shared: 3, Hidden: 4}, 1)
	return Encode(n)
}

func decode(body []byte) (*Network, error) {
	return Decode(modelfile.NewDecoder("dense", body))
}

func TestDecodeReturnsWhatEncodeWrote(t *testing.T) {
	n, _, _ := random(Shape{Varying: 2, Shared: 3, Hidden: 4}, 1)
	got, err := decode(Encode(n))
	if err != nil {
		t.Fatal(err)
	}
	if got.Shape != n.Shape || !slices.Equal(got.Params(), n.Params()) {
		t.Errorf("shape %+v, parameters %v", got.Shape, got.Params())
	}
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	put := func(at int, v uint32) []byte {
		body := encoded()
		binary.LittleEndian.PutUint32(body[at:], v)
		return body
	}
	const infinite = 0x7f80
	for _, c := range []struct {
		want string
		body []byte
	}{
		{"varying must have 4 bytes, had: 0", nil},
		{"varying must be between 1 and 256, was: 0", put(0, 0)},
		{"shared must be between 1 and 256, was: 257", put(4, 257)},
		{"hidden must be between 1 and 192, was: 193", put(8, 193)},
		{"weights must have 40 bytes, had: 9", encoded()[:21]},
		{"biases and head must have 36 bytes, had: 35", encoded()[:87]},
		{"weights[1] must be between -1e+06 and 1e+06, was: +Inf", put(12, infinite<<16)},
		{"biases and head[8] must be between -1e+06 and 1e+06, was: NaN", put(84, math.Float32bits(float32(math.NaN())))},
		{"must end after its last field, had 1 more bytes", append(encoded(), 0)},
	} {
		if _, err := decode(c.body); !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), "dense: "+c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// Whatever the bytes, Decode fails with ErrFormat or returns a network that is
// written back to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add(encoded())
	f.Add(encoded()[:17])
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := decode(body)
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		if !slices.Equal(Encode(n), body) {
			t.Error("encoded differently")
		}
	})
}
