// Package atomicfile writes files that are either whole or not there: what is
// written goes to a temporary file beside the target, which takes the target's
// place at the end.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write calls write with a buffered writer and puts what it wrote at path. If
// write or the disk fails, the file that was at path, if any, stays as it was
// and nothing is left behind. The file keeps its mode; a new one has 0666 less
// the umask. Where path is a symbolic link, the file that it leads to is
// replaced. What is there and not a regular file, as /dev/null or a pipe, and
// what standard output or standard error go to is written to as it is.
func Write(path string, write func(io.Writer) error) error {
	if err := put(path, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// put writes to what is at path or in its place.
func put(path string, write func(io.Writer) error) error {
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(path, nil, write)
	case err != nil:
		return err
	}
	if f := standard(old); f != nil {
		return fill(f, write)
	}
	if !old.Mode().IsRegular() {
		return overwrite(path, write)
	}
	return replace(path, old, write)
}

// standard returns standard output or standard error if it goes to the file:
// what the program prints besides would be lost with a file that is replaced,
// and overwritten in one that is opened again.
func standard(file fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if info, err := f.Stat(); err == nil && os.SameFile(info, file) {
			return f
		}
	}
	return nil
}

// fill writes to an open file, which stays open.
func fill(f *os.File, write func(io.Writer) error) error {
	buffered := bufio.NewWriter(f)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// overwrite writes to what is not a regular file.
func overwrite(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(f, write), f.Close())
}

// replace puts a new file in the place of old, which is nil where there is none.
func replace(path string, old fs.FileInfo, write func(io.Writer) error) error {
	path, err := resolve(path)
	if err != nil {
		return err
	}
	f, err := create(path, old)
	if err != nil {
		return err
	}
	err = errors.Join(fill(f, write), keepMode(f, old), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// create makes a file beside path, which nobody can read who cannot read old.
func create(path string, old fs.FileInfo) (*os.File, error) {
	mode := fs.FileMode(0o666)
	if old != nil {
		mode = old.Mode().Perm()
	}
	dir, base := filepath.Split(path)
	return os.OpenFile(filepath.Join(dir, "."+base+"."+rand.Text()[:10]), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
}

// keepMode gives f what the umask took of the mode of old.
func keepMode(f *os.File, old fs.FileInfo) error {
	if old == nil {
		return nil
	}
	return f.Chmod(old.Mode().Perm())
}

// maxLinks bounds how many symbolic links are followed, as Linux does.
const maxLinks = 40

// resolve follows the symbolic link that path may be, also to where there is no
// file yet, which filepath.EvalSymlinks does not.
func resolve(path string) (string, error) {
	for range maxLinks {
		dir, base := filepath.Split(path)
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, base)
		link, err := os.Readlink(path)
		switch {
		case err != nil: // not a link
			return path, nil
		case filepath.IsAbs(link):
			path = link
		default:
			path = filepath.Join(dir, link)
		}
	}
	return "", fmt.Errorf("more than %d symbolic links", maxLinks)
}
