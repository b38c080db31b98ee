//go:build unix

package gateway

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// mount makes the directory "secrets" of a function hold exactly the named secrets,
// as links, so that running replicas see an updated value.
func (s secretStore) mount(functionDir string, names []string) error {
	dir := filepath.Join(functionDir, "secrets")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	mounted, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	// Links of an earlier deployment go first: a function must not read secrets that its
	// present deployment does not name.
	for _, entry := range mounted {
		if !slices.Contains(names, entry.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, entry.Name())))
		}
	}
	for _, name := range names {
		err = errors.Join(err, link(s.path(name), filepath.Join(dir, name)))
	}
	return err
}

// link makes a link at path to target. A link to another target, as after a move of
// the state directory, is replaced.
func link(target, path string) error {
	if old, err := os.Readlink(path); err == nil && old == target {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, path)
}
