package modelfile

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func toy() Format {
	return Format{Name: "toy", Version: 3, Sections: []string{"shape", "weights"}, MaxBytes: 200}
}

// toyFile holds a shape of 2 and the weights 0.5 and -1.
func toyFile(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := toy().Write(&out, Append(nil, uint32(2)), Append(nil, []float32{0.5, -1})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// changed returns the toy file after a change of its parts, with checksums that fit.
func changed(t testing.TB, change func(f *File)) []byte {
	t.Helper()
	f, err := Parse(toyFile(t))
	if err != nil {
		t.Fatal(err)
	}
	change(f)
	return f.Bytes()
}

func TestReadReturnsTheSectionsThatWriteWrote(t *testing.T) {
	sections, id, err := toy().Read(bytes.NewReader(toyFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	n := sections[0].Uint32("size", 1, 10)
	weights := sections[1].Float32s("weights", n, -1, 1)
	if err := errors.Join(sections[0].End(), sections[1].End()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(weights, []float32{0.5, -1}) || len(id) != 12 {
		t.Errorf("weights %v, identity %q", weights, id)
	}
	other := changed(t, func(f *File) { f.Sections[1].Body[0]++ })
	if _, second, err := toy().Read(bytes.NewReader(other)); err != nil || second == id {
		t.Errorf("another content has the identity %q of the first, %v", second, err)
	}
}

func TestAFaultOfTheContainerIsNamed(t *testing.T) {
	good := toyFile(t)
	for want, file := range map[string][]byte{
		"it is empty": nil,
		`it must begin with "PREWARM\x01", was: "QREWARM\x01"`: append([]byte("Q"), good[1:]...),
		`was: "PREW"`:                                                            good[:4],
		"header: kind must have 3 bytes, had: 1":                                 good[:10],
		"header: version must have 2 bytes, had: 1":                              good[:13],
		"header: name of a section must have 5 bytes, had: 2":                    good[:17],
		"section shape: body must have 4 bytes, had: 3":                          good[:27],
		"section shape: checksum must have 4 bytes, had: 0":                      good[:28],
		"section shape: checksum must be":                                        append(append(bytes.Clone(good[:24]), good[24]^1), good[25:]...),
		`kind must be "toy", was: "pet"`:                                         changed(t, func(f *File) { f.Kind = "pet" }),
		"version of toy must be 3, was: 4":                                       changed(t, func(f *File) { f.Version = 4 }),
		`sections of toy must be ["shape" "weights"], were: ["shape"]`:           changed(t, func(f *File) { f.Sections = f.Sections[:1] }),
		`sections of toy must be ["shape" "weights"], were: ["shape" "wait"]`:    changed(t, func(f *File) { f.Sections[1].Name = "wait" }),
		`sections of toy must be ["shape" "weights"], were: ["weights" "shape"]`: changed(t, func(f *File) { f.Sections[0], f.Sections[1] = f.Sections[1], f.Sections[0] }),
		"toy must have at most 200 bytes":                                        make([]byte, 201),
	} {
		if _, _, err := toy().Read(bytes.NewReader(file)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, _, err := toy().Read(bytes.NewReader(nil)); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	file := toyFile(t)
	for i := range 8 * len(file) {
		file[i/8] ^= 1 << (i % 8)
		if _, _, err := toy().Read(bytes.NewReader(file)); !errors.Is(err, ErrFormat) {
			t.Errorf("bit %d of byte %d was flipped: %v", i%8, i/8, err)
		}
		file[i/8] ^= 1 << (i % 8)
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	file := toyFile(t)
	for n := range file {
		if _, _, err := toy().Read(bytes.NewReader(file[:n])); !errors.Is(err, ErrFormat) {
			t.Errorf("%d of %d bytes: %v", n, len(file), err)
		}
	}
}

func TestAFaultOfTheDiskIsNotOneOfTheFile(t *testing.T) {
	r, w := io.Pipe()
	w.CloseWithError(io.ErrNoProgress)
	if _, _, err := toy().Read(r); !errors.Is(err, io.ErrNoProgress) || errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
	r.Close()
	if err := toy().Write(w, nil, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func TestAModelThatIsTooLargeIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	err := toy().Write(&out, nil, make([]byte, 200))
	if err == nil || !strings.Contains(err.Error(), "toy model must have at most 200 bytes, had: 244") || out.Len() > 0 {
		t.Errorf("got %v, %d bytes written", err, out.Len())
	}
}

// A file that parses is written back to the same bytes.
func FuzzParse(f *testing.F) {
	f.Add(toyFile(f))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("got %v", err)
			}
			return
		}
		if !bytes.Equal(file.Bytes(), data) {
			t.Errorf("%q became %q", data, file.Bytes())
		}
	})
}
