package buildcontext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Flags of every build: without paths, contexts share the compiled packages.
const (
	goFlags   = "-trimpath -buildvcs=false"
	linkFlags = "-s -w"
)

// Options says what to build.
type Options struct {
	StackFiles []string // stack.yml where empty
	Dirs       Dirs
}

// Image is one function that was built.
type Image struct {
	Function
	Binary string // absolute path of the program
	Fresh  bool   // false where nothing had changed since the last build
}

// Build builds every function of the stack files, as many at a time as there
// are cores. A function whose sources have the checksum of its last build is
// left as it is. Builds in one directory wait for each other, also those of
// other processes.
func Build(ctx context.Context, o Options) ([]Image, error) {
	if len(o.StackFiles) == 0 {
		o.StackFiles = []string{"stack.yml"}
	}
	functions, err := loadAll(o.StackFiles)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dirs.build(), binDir), 0o755); err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(o.Dirs.build(), binDir, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()

	images := make([]Image, len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, f := range functions {
		group.Go(func() (err error) {
			images[i], err = f.build(ctx, o.Dirs)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return images, nil
}

// binDir holds the programs, beside the contexts: a container build must not
// see them.
const binDir = ".bin"

func loadAll(files []string) ([]Function, error) {
	var all []Function
	for _, file := range files {
		functions, err := Load(file)
		if err != nil {
			return nil, err
		}
		for _, f := range functions {
			if slices.ContainsFunc(all, func(g Function) bool { return g.Name == f.Name }) {
				return nil, fmt.Errorf("stack file %s: function %s is in another stack file as well", file, f.Name)
			}
		}
		all = append(all, functions...)
	}
	return all, nil
}

// build makes the context and the program of f. The checksum is written last,
// so that what was interrupted is built again.
func (f Function) build(ctx context.Context, d Dirs) (Image, error) {
	binary, err := filepath.Abs(filepath.Join(d.build(), binDir, f.Name))
	if err != nil {
		return Image{}, err
	}
	image := Image{Function: f, Binary: binary}
	sum, err := f.Sum(d)
	if err != nil || f.unchanged(d, binary, sum) {
		return image, err
	}
	if err := os.Remove(binary + ".sum"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return image, err
	}
	dir, err := f.Create(d)
	if err != nil {
		return image, err
	}
	if err := Compile(ctx, dir, nil, binary); err != nil {
		return image, fmt.Errorf("build %s: %w", f.Name, err)
	}
	image.Fresh = true
	return image, os.WriteFile(binary+".sum", []byte(sum), 0o644)
}

func (f Function) unchanged(d Dirs, binary, sum string) bool {
	last, err := os.ReadFile(binary + ".sum")
	if err != nil || string(last) != sum {
		return false
	}
	for _, path := range []string{binary, filepath.Join(d.build(), f.Name)} {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	return true
}

// Compile builds the context in dir into binary. The file is replaced in one
// step: the last one may be running. env is added to the environment of go.
func Compile(ctx context.Context, dir string, env []string, binary string) error {
	next := binary + ".next"
	if err := Go(ctx, dir, env, "build", "-ldflags", linkFlags, "-o", next, "."); err != nil {
		return err
	}
	return os.Rename(next, binary)
}

// Go runs the go command in the context dir, in its own workspace whatever the
// environment says. The error has what the command printed.
func Go(ctx context.Context, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS="+goFlags, "CGO_ENABLED=0")
	cmd.Env = append(cmd.Env, env...)
	EndWithContext(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}
