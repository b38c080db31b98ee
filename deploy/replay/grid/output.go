package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"prewarm/shared/loadtest"
)

// output is the file of the rows. It is created with the first row: a grid that ends
// before leaves no file that would stop the next one.
type output struct {
	path string
	file *os.File // nil before the first row
	rows *loadtest.Writer
}

// newOutput checks, before anything is measured, that the file does not exist and that
// its directory does. Earlier measurements are never overwritten.
func newOutput(path string) (*output, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, errTaken(path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("-out: %w", err)
	}
	return &output{path: path}, nil
}

// errTaken is the error for an existing file.
func errTaken(path string) error {
	return fmt.Errorf("-out must name a new file, was: %q, which is there already", path)
}

// write writes one row.
func (o *output) write(r loadtest.Row) error {
	if o.file == nil {
		if err := o.open(); err != nil {
			return err
		}
	}
	return o.rows.Write(r)
}

// open creates the file. It fails if another program has created it since newOutput.
func (o *output) open() error {
	file, err := os.OpenFile(o.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return errTaken(o.path)
	}
	if err != nil {
		return err
	}
	o.file, o.rows = file, loadtest.NewWriter(file)
	return nil
}

// close closes the file, if there is one.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	return o.file.Close()
}
