package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// Format describes the files of one kind of model.
type Format struct {
	Name     string   // the kind of the file, such as "forecast"
	Version  uint16   // changes whenever the content of a section changes its meaning
	Sections []string // names of all sections, in the order of the file
	MaxBytes int      // bound of a whole file; Read holds no more in memory
}

// Write writes a file with the given bodies, one for each section and in their
// order. It fails if the file would exceed MaxBytes. It panics if the number of
// bodies differs from that of the sections.
func (f Format) Write(w io.Writer, bodies ...[]byte) error {
	if len(bodies) != len(f.Sections) {
		panic("modelfile: number of bodies does not fit the sections")
	}
	file := File{Kind: f.Name, Version: f.Version}
	for i, name := range f.Sections {
		file.Sections = append(file.Sections, Section{name, bodies[i]})
	}
	data := file.Bytes()
	if len(data) > f.MaxBytes {
		return fmt.Errorf("%s model must have at most %d bytes, had: %d", f.Name, f.MaxBytes, len(data))
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write %s model: %w", f.Name, err)
	}
	return nil
}

// Read reads a file of the format to its end. It returns a decoder for each
// section, in the order of Sections, and the identity of the file: the first 12
// hexadecimal digits of its SHA-256. An error that the bytes cause wraps ErrFormat.
func (f Format) Read(r io.Reader) (sections []*Decoder, id string, err error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(f.MaxBytes)+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("read %s model: %w", f.Name, err)
	case len(data) > f.MaxBytes:
		return nil, "", fmt.Errorf("%w: %s must have at most %d bytes", ErrFormat, f.Name, f.MaxBytes)
	}
	file, err := Parse(data)
	if err != nil {
		return nil, "", err
	}
	if sections, err = f.open(file); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return sections, hex.EncodeToString(sum[:6]), nil
}

// open checks that a file has the format and returns decoders of its sections.
func (f Format) open(file *File) (sections []*Decoder, err error) {
	var names []string
	for _, s := range file.Sections {
		names, sections = append(names, s.Name), append(sections, NewDecoder(f.Name+", section "+s.Name, s.Body))
	}
	switch {
	case file.Kind != f.Name:
		return nil, fmt.Errorf("%w: kind must be %q, was: %q", ErrFormat, f.Name, file.Kind)
	case file.Version != f.Version:
		return nil, fmt.Errorf("%w: version of %s must be %d, was: %d", ErrFormat, f.Name, f.Version, file.Version)
	case !slices.Equal(names, f.Sections):
		return nil, fmt.Errorf("%w: sections of %s must be %q, were: %.300q", ErrFormat, f.Name, f.Sections, names)
	}
	return sections, nil
}
