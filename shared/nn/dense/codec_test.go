package dense

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"
)

// begin is the length of the prefix.
const begin = 6 + 2 + 3*4 + 4

func file(t testing.TB) []byte {
	t.Helper()
	n, _, _ := random(Shape{Varying: 2, Shared: 3, Hidden: 4}, 1)
	return Append(nil, n)
}

// seal renews both checksums after a change.
func seal(f []byte) []byte {
	binary.LittleEndian.PutUint32(f[begin-4:], crc32.ChecksumIEEE(f[:begin-4]))
	if body := len(f) - 4; body >= begin {
		binary.LittleEndian.PutUint32(f[body:], crc32.ChecksumIEEE(f[begin:body]))
	}
	return f
}

func TestParseReturnsWhatAppendWrote(t *testing.T) {
	n, _, _ := random(Shape{Varying: 2, Shared: 3, Hidden: 4}, 1)
	got, rest, err := Parse(append(Append(nil, n), "next"...))
	if err != nil {
		t.Fatal(err)
	}
	if got.Shape != n.Shape || !slices.Equal(got.Params(), n.Params()) || string(rest) != "next" {
		t.Errorf("shape %+v, parameters %v, rest %q", got.Shape, got.Params(), rest)
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	change := func(edit func(f []byte)) []byte {
		f := file(t)
		edit(f)
		return f
	}
	for _, c := range []struct {
		want string
		file []byte
	}{
		{"prefix must have", nil},
		{"magic must be", change(func(f []byte) { f[0] = 'X' })},
		{"version must be", change(func(f []byte) { f[6] = 9 })},
		{"checksum of the prefix", change(func(f []byte) { f[9] ^= 1 })},
		{"hidden must be between", seal(change(func(f []byte) { f[18] = 9 }))},
		{"varying must be between", seal(change(func(f []byte) { f[8] = 0 }))},
		{"parameters must have", file(t)[:begin+9]},
		{"checksum of the parameters", change(func(f []byte) { f[begin] ^= 1 })},
		{"parameter 0 must be within", seal(change(func(f []byte) {
			binary.LittleEndian.PutUint16(f[begin:], uint16(math.Float32bits(float32(math.Inf(1)))>>16))
		}))},
	} {
		if _, _, err := Parse(c.file); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// Whatever the bytes, Parse fails with ErrFormat or returns a network that is
// written back to the same bytes.
func FuzzParse(f *testing.F) {
	f.Add(file(f))
	f.Add(file(f)[:begin+5])
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= begin {
			data = seal(slices.Clone(data)) // otherwise nothing gets past the checksums
		}
		n, rest, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		if again := Append(nil, n); !slices.Equal(again, data[:len(data)-len(rest)]) {
			t.Error("written differently")
		}
	})
}
