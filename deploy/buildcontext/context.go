package buildcontext

import (
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

// Dirs names the directories of a build. The zero value holds faas-cli's names.
type Dirs struct {
	Build    string // where contexts are made; "build" where empty
	Template string // where templates are; "template" where empty
}

func (d Dirs) build() string    { return or(d.Build, "build") }
func (d Dirs) template() string { return or(d.Template, "template") }

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// Create makes the build context of f anew and returns its directory.
func (f Function) Create(d Dirs) (string, error) {
	dir, err := builder.CreateBuildContext(f.Name, f.Spec.Handler, f.Spec.Language, f.Copy,
		builder.WithBuildDir(d.build()), builder.WithTemplateDir(d.template()))
	if err != nil {
		return "", fmt.Errorf("create build context of %s (paths are relative to the working directory): %w", f.Name, err)
	}
	return filepath.Abs(dir)
}

// Sum returns a checksum of all that a build of f depends on: the template, the
// handler, the copied paths and the Go toolchain.
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

// addTree hashes names and contents. Each content is preceded by its length,
// so that no two trees have the same bytes.
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
