// Package atomicfile writes files that are either whole or not there: what is
// written goes to a temporary file beside the target, which takes the target's
// place once it is on the disk. After a crash the target is the old or the new
// one.
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
func Write(path string, write func(io.Writer) error) error { return put(path, nil, write) }

// WritePrivate is Write for what only its owner may read: the file has 0600,
// whatever was there and whatever the umask.
func WritePrivate(path string, write func(io.Writer) error) error {
	return put(path, new(fs.FileMode(0o600)), write)
}

// put writes a file of the given mode, and names it in the error. Without a mode
// the file keeps its own.
func put(path string, mode *fs.FileMode, write func(io.Writer) error) error {
	if err := putAt(path, mode, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// putAt writes to what is at path or in its place.
func putAt(path string, mode *fs.FileMode, write func(io.Writer) error) error {
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(path, mode, write)
	case err != nil:
		return err
	}
	if f := standard(old); f != nil {
		return fill(f, write)
	}
	if !old.Mode().IsRegular() {
		return overwrite(path, write)
	}
	if mode == nil {
		mode = new(old.Mode().Perm())
	}
	return replace(path, mode, write)
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

// replace puts a new file at path. Without a mode the umask decides on it.
func replace(path string, mode *fs.FileMode, write func(io.Writer) error) error {
	path, err := resolve(path)
	if err != nil {
		return err
	}
	f, err := create(filepath.Dir(path), mode)
	if err != nil {
		return err
	}
	err = errors.Join(fill(f, write), setMode(f, mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// create makes a hidden file, which nobody can read who may not read the one
// that it becomes. Its name is short, so that the target's may be as long as
// any.
func create(dir string, mode *fs.FileMode) (*os.File, error) {
	perm := fs.FileMode(0o666)
	if mode != nil {
		perm = *mode
	}
	return os.OpenFile(filepath.Join(dir, ".new-"+rand.Text()[:10]), os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
}

// setMode gives f what the umask took of its mode.
func setMode(f *os.File, mode *fs.FileMode) error {
	if mode == nil {
		return nil
	}
	return f.Chmod(*mode)
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
