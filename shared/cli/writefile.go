package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// WriteFile calls write with a buffered writer and puts what it wrote at path.
//
// The file is replaced as a whole: a reader sees the old or the new content,
// also after a crash. If write or the disk fails, an old file stays as it is and
// nothing is left behind. The file keeps its mode; a new one has 0666 less the
// umask. If path is a symbolic link, the file that it leads to is replaced.
//
// Two kinds of target cannot be replaced and are written in place: what is not a
// regular file, such as /dev/null or a pipe, and the file that standard output
// or standard error goes to.
//
// Errors name path.
func WriteFile(path string, write func(io.Writer) error) error {
	mode := renameio.WithPermissions(0o666)
	if old, err := os.Stat(path); err == nil {
		mode = renameio.WithStaticPermissions(old.Mode().Perm())
	}
	return put(path, write, mode)
}

// WritePrivate is WriteFile for content that only the owner may read: the file
// has mode 0600, whatever its mode was and whatever the umask.
func WritePrivate(path string, write func(io.Writer) error) error {
	return put(path, write, renameio.WithStaticPermissions(0o600))
}

// put writes the file at path, or replaces it by a new one with the given mode, and
// names it in the error.
func put(path string, write func(io.Writer) error, mode renameio.Option) error {
	inPlace, err := openInPlace(path)
	switch {
	case err != nil:
	case inPlace != nil:
		err = fill(inPlace, write)
		if inPlace != os.Stdout && inPlace != os.Stderr {
			err = errors.Join(err, inPlace.Close())
		}
	default:
		err = replace(path, write, mode)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// openInPlace opens the file at path if it cannot be replaced. Otherwise, or if
// there is none, it returns nil.
//
// Standard output must not be replaced: what the program prints to it besides
// would be lost. It must not be opened a second time either, since each of the
// two would overwrite what the other one writes.
func openInPlace(path string) (*os.File, error) {
	target, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if info, err := f.Stat(); err == nil && os.SameFile(info, target) {
			return f, nil
		}
	}
	if target.Mode().IsRegular() {
		return nil, nil
	}
	return os.OpenFile(path, os.O_WRONLY, 0)
}

// fill writes to an open file, which stays open.
func fill(f io.Writer, write func(io.Writer) error) error {
	buffered := bufio.NewWriter(f)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// replace puts a new file in the place of what is at path, if anything. The
// temporary file lies in the same directory, since a file system can only rename
// within itself, and is hidden by a dot. Its name does not contain that of path, which
// may be as long as the file system allows.
func replace(path string, write func(io.Writer) error, mode renameio.Option) error {
	path, err := followLinks(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := renameio.NewPendingFile(filepath.Join(dir, "new"), mode, renameio.WithTempDir(dir))
	if err != nil {
		return err
	}
	err = errors.Join(fill(f, write), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// followLinks returns the path of the file that path leads to. Unlike
// filepath.EvalSymlinks it accepts that there is no such file yet.
func followLinks(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return target, err
	}
	link, err := os.Readlink(path)
	if err != nil { // not a link: a new file, or a missing directory
		return path, nil
	}
	if !filepath.IsAbs(link) {
		// The directory comes first: ".." in a link is relative to its real place.
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return "", err
		}
		link = filepath.Join(dir, link)
	}
	return followLinks(link) // ends, since a circle of links is not fs.ErrNotExist
}
