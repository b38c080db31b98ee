package buildcontext

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/openfaas/go-sdk/builder"
)

// Dirs are the directories of a build. The zero value has the names of faas-cli.
type Dirs struct {
	Build    string // contexts; "build" if empty
	Template string // templates; "template" if empty
}

func (d Dirs) build() string    { return cmp.Or(d.Build, "build") }
func (d Dirs) template() string { return cmp.Or(d.Template, "template") }

// Create makes the build context of f, replacing an existing one, and returns its
// absolute path.
func (f Function) Create(d Dirs) (string, error) {
	dir, err := builder.CreateBuildContext(f.Name, f.Spec.Handler, f.Spec.Language, f.Copy,
		builder.WithBuildDir(d.build()), builder.WithTemplateDir(d.template()))
	if err != nil {
		return "", fmt.Errorf("create build context of %s (paths are relative to the working directory): %w", f.Name, err)
	}
	return filepath.Abs(dir)
}

// Sum returns a checksum (SHA-256, hex) of everything that a build of f depends on:
// the template, the handler, the copied paths, the flags and the Go toolchain.
func (f Function) Sum(d Dirs) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, goFlags, linkFlags)
	for _, path := range append([]string{filepath.Join(d.template(), f.Spec.Language), f.Spec.Handler}, f.Copy...) {
		if err := addTree(h, path); err != nil {
			return "", fmt.Errorf("checksum of %s: %w", f.Name, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// addTree writes the names, modes and contents of all files below root to h. The
// length precedes each content, so that different trees have different bytes.
func addTree(h hash.Hash, root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %v %d\n", path, info.Mode(), info.Size())
		_, err = io.Copy(h, file)
		return err
	})
}
