package hourly

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What the prefix of the file is, said once more.
const (
	magic      = "PWHOUR"
	prefixSize = len(magic) + 2 + pooledGaps + 4*(1+4+1)
)

func file(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Save(&buf, madeUp(t)); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// signed puts the checksum of the prefix right.
func signed(file []byte) []byte {
	binary.LittleEndian.PutUint32(file[prefixSize:], crc32.ChecksumIEEE(file[:prefixSize]))
	return file
}

// What was saved says the same when it is loaded, and has the version of its
// bytes.
func TestASavedModelSaysTheSame(t *testing.T) {
	data := file(t)
	got, err := Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Version()) != 12 {
		t.Errorf("version %q", got.Version())
	}
	want := predictor(t)
	for _, w := range [][]int32{everySteps(13, 200), everySteps(60, 360)} {
		a, _ := want.Function(minutes(w))
		b, _ := got.Function(minutes(w))
		c, _ := want.Series(hours(w))
		d, _ := got.Series(hours(w))
		if !reflect.DeepEqual([]Expected{a, c}, []Expected{b, d}) {
			t.Errorf("%+v and %+v", a, b)
		}
	}
	var again bytes.Buffer
	if err := Save(&again, got.model); err != nil || !bytes.Equal(again.Bytes(), data) {
		t.Errorf("saved again it differs: %v", err)
	}
}

// An error names what is wrong with a file.
func TestAFileThatIsNotOneIsNamed(t *testing.T) {
	coefficient := func(k int, v float32) func([]byte) []byte {
		return func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[len(magic)+2+pooledGaps+4*k:], math.Float32bits(v))
			return signed(b)
		}
	}
	for want, spoil := range map[string]func([]byte) []byte{
		"prefix must have":       func(b []byte) []byte { return b[:20] },
		`magic must be "PWHOUR"`: func(b []byte) []byte { return append([]byte("PWMODL"), b[6:]...) },
		"version must be 2":      func(b []byte) []byte { b[6] = 9; return signed(b) },
		"checksum of the prefix": func(b []byte) []byte { b[40] ^= 1; return b },
		"fall of the gaps":       coefficient(0, 2),
		"gain must be":           coefficient(1, float32(math.NaN())),
		"ridge from":             coefficient(2, 0),
		"lstm":                   func(b []byte) []byte { b[prefixSize+30] ^= 1; return b },
		"forest":                 func(b []byte) []byte { b[len(b)-10] ^= 1; return b },
		"must have":              func(b []byte) []byte { return b[:len(b)-1] },
		"had 3 more bytes":       func(b []byte) []byte { return append(b, 1, 2, 3) },
		"file must have at most": func(b []byte) []byte { return append(b, make([]byte, MaxFile)...) },
	} {
		_, err := Load(bytes.NewReader(spoil(slices.Clone(file(t)))))
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// failing fails after n bytes.
type failing struct{ n int }

var errDisk = errors.New("disk")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func (f *failing) Read([]byte) (int, error) { return 0, errDisk }

func TestFaultsOfTheDiskAreErrors(t *testing.T) {
	size := len(file(t))
	for n := 0; n < size; n += 100 {
		if err := Save(&failing{n}, madeUp(t)); !errors.Is(err, errDisk) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if _, err := Load(&failing{}); !errors.Is(err, errDisk) || errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
}

// Any file either loads into a predictor whose words are finite, or is refused
// as one that is not a model.
func FuzzLoad(f *testing.F) {
	data := file(f)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= prefixSize+4 { // let the fuzzer past the checksum
			data = signed(slices.Clone(data))
		}
		p, err := Load(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("not named as a fault of the file: %v", err)
			}
			return
		}
		for _, period := range []int{7, 45} {
			e, err := p.Function(minutes(everySteps(period, 250)))
			s, errSeries := p.Series(hours(everySteps(period, 250)[:period]))
			if err != nil || errSeries != nil || !(e.Refined >= 0 && e.Refined <= MaxColdStarts) || !(s.Refined >= 0) || math.IsInf(s.Refined, 0) {
				t.Errorf("%+v %v, %+v %v", e, err, s, errSeries)
			}
		}
		if err := Save(io.Discard, p.model); err != nil {
			t.Error(err)
		}
	})
}
