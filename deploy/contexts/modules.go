package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// mib is a mebibyte in bytes.
const mib = 1 << 20

// download is the archive of one module version.
type download struct {
	module string // path@version
	bytes  int64
}

// downloads returns the archives in a module cache, the largest first.
// The .mod and .info files of the cache are not counted: they are small, and exist also for
// modules of which only the requirements were read.
func downloads(cache string) ([]download, error) {
	root := filepath.Join(cache, "cache", "download")
	var found []download
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was downloaded
		}
		if err != nil || filepath.Ext(path) != ".zip" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		// The cache has the layout PATH/@v/VERSION.zip.
		name = strings.TrimSuffix(strings.Replace(filepath.ToSlash(name), "/@v/", "@", 1), ".zip")
		found = append(found, download{module: name, bytes: info.Size()})
		return nil
	})
	slices.SortFunc(found, func(a, b download) int { return cmp.Compare(b.bytes, a.bytes) })
	return found, err
}

// size returns the sum of the bytes.
func size(all []download) (bytes int64) {
	for _, d := range all {
		bytes += d.bytes
	}
	return bytes
}

// largest returns the names of the first n modules. The list must be sorted by size.
func largest(all []download, n int) string {
	var names []string
	for _, d := range all[:min(n, len(all))] {
		names = append(names, fmt.Sprintf("%s (%.1f MiB)", d.module, float64(d.bytes)/mib))
	}
	return strings.Join(names, ", ")
}
