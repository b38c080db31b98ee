package hourly

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prewarm/shared/modelfile"
	"prewarm/shared/nn/lstm"
)

func file(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Save(&buf, madeUp(t)); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// changed returns the file after a change of the body of one of its sections,
// with checksums that fit.
func changed(t testing.TB, section string, change func(body []byte) []byte) []byte {
	t.Helper()
	f, err := modelfile.Parse(file(t))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(format().Sections, section)
	f.Sections[at].Body = change(slices.Clone(f.Sections[at].Body))
	return f.Bytes()
}

// A loaded model has the forecasts of the saved one, and the version of its
// bytes.
func TestALoadedModelEqualsTheSavedOne(t *testing.T) {
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
	good := file(t)
	coefficient := func(k int, v float32) []byte {
		return changed(t, "coefficients", func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[4*k:], math.Float32bits(v))
			return b
		})
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	for want, data := range map[string][]byte{
		"it is empty":                       nil,
		"section gaps: body must have":      good[:30],
		"must have at most":                 make([]byte, format().MaxBytes+1),
		"gaps: logarithms must have":        changed(t, "gaps", cut),
		"gaps: must end after":              changed(t, "gaps", func(b []byte) []byte { return append(b, 0) }),
		"coefficients: coefficient must":    changed(t, "coefficients", cut),
		"fall of the gaps":                  coefficient(0, 2),
		"coefficients: coefficient[1] must": coefficient(1, float32(math.NaN())),
		"gain must be":                      coefficient(1, -1),
		"ridge from":                        coefficient(2, 0),
		"function: parameters must have":    changed(t, "function", cut),
		"series: inputs must be":            changed(t, "series", func(b []byte) []byte { b[0] = 0; return b }),
		"network of a series must have":     changed(t, "series", func([]byte) []byte { return lstm.Encode(madeUp(t).Function) }),
		"forest: content of tree":           changed(t, "forest", cut),
	} {
		if _, err := Load(bytes.NewReader(data)); !errors.Is(err, modelfile.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

var errDisk = errors.New("disk")

// failing is a file on a disk that fails.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errDisk }
func (failing) Read([]byte) (int, error)  { return 0, errDisk }

func TestFaultsOfTheDiskAreErrors(t *testing.T) {
	if err := Save(failing{}, madeUp(t)); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(failing{}); !errors.Is(err, errDisk) || errors.Is(err, modelfile.ErrFormat) {
		t.Errorf("got %v", err)
	}
}

// Whatever the bytes of a section, the file either loads into a predictor whose
// forecasts are finite, or is refused as invalid.
func FuzzLoad(f *testing.F) {
	valid, err := modelfile.Parse(file(f))
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range valid.Sections {
		f.Add(byte(i), s.Body)
		f.Add(byte(i), s.Body[:len(s.Body)/2])
	}
	f.Fuzz(func(t *testing.T, section byte, body []byte) {
		name := valid.Sections[int(section)%len(valid.Sections)].Name
		p, err := Load(bytes.NewReader(changed(t, name, func([]byte) []byte { return body })))
		if err != nil {
			if !errors.Is(err, modelfile.ErrFormat) {
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
