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
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"
)

// Flags of every build. -trimpath keeps the directory out of the build cache's
// keys, so that contexts share compiled packages.
const (
	goFlags   = "-trimpath -buildvcs=false"
	linkFlags = "-s -w"
)

// lockRetry is the pause between two attempts to get the lock of a build directory.
const lockRetry = 20 * time.Millisecond

// Options of Build.
type Options struct {
	StackFiles []string // stack.yml if empty
	Dirs       Dirs
	Progress   Progress // nil for none
}

// Progress shows how far a build is. It is safe for concurrent use.
type Progress interface {
	Add(tasks int)                  // functions that will be built
	Begin(task string) (end func()) // one of them
}

// begin shows that a task begins.
func (o Options) begin(task string) (end func()) {
	if o.Progress == nil {
		return func() {}
	}
	return o.Progress.Begin(task)
}

// Image is a function with its program.
type Image struct {
	Function
	Binary string            // absolute path of the program
	Env    map[string]string // ENV of the image
	Fresh  bool              // false if the program of the last build was still valid
}

// Build builds every function of the stack files, one per core at a time. It skips
// a function whose sources have the checksum of its last build. Builds in one
// directory, also those of other processes, wait for each other.
func Build(ctx context.Context, o Options) ([]Image, error) {
	if len(o.StackFiles) == 0 {
		o.StackFiles = []string{"stack.yml"}
	}
	functions, err := loadAll(o.StackFiles)
	if err != nil {
		return nil, err
	}
	if o.Progress != nil {
		o.Progress.Add(len(functions))
	}
	lock, err := o.Dirs.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	images := make([]Image, len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, f := range functions {
		group.Go(func() (err error) {
			defer o.begin("build function " + f.Name)()
			images[i], err = f.build(ctx, o.Dirs)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return images, nil
}

// lock waits until no other build runs in the directories.
func (d Dirs) lock(ctx context.Context) (*flock.Flock, error) {
	dir := filepath.Join(d.build(), binDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("wait for another build (%s): %w", lock.Path(), err)
	}
	return lock, nil
}

// binDir is the directory of the programs, below the build directory. It lies
// beside the contexts, so that no container build copies it.
const binDir = ".bin"

// loadAll loads several stack files. A function name may occur in one of them only.
func loadAll(files []string) ([]Function, error) {
	var all []Function
	for _, file := range files {
		functions, err := Load(file)
		if err != nil {
			return nil, err
		}
		for _, f := range functions {
			if slices.ContainsFunc(all, func(g Function) bool { return g.Name == f.Name }) {
				return nil, fmt.Errorf("stack file %s: function %s is also in another stack file", file, f.Name)
			}
		}
		all = append(all, functions...)
	}
	return all, nil
}

// build makes the context and the program of f. It writes the checksum last, so
// that an interrupted build is repeated.
func (f Function) build(ctx context.Context, d Dirs) (Image, error) {
	binary, err := filepath.Abs(filepath.Join(d.build(), binDir, f.Name))
	if err != nil {
		return Image{}, err
	}
	env, err := f.Environment(d)
	if err != nil {
		return Image{}, err
	}
	image := Image{Function: f, Binary: binary, Env: env}
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

// unchanged reports whether the program and context of the last build are there and
// its checksum is sum.
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

// Compile builds the context in dir into the file binary. It replaces the file by a
// rename, because the old program may be running. env is added to the environment
// of the go command.
func Compile(ctx context.Context, dir string, env []string, binary string) error {
	next := binary + ".next"
	if err := Go(ctx, dir, env, "build", "-ldflags", linkFlags, "-o", next, "."); err != nil {
		return err
	}
	return os.Rename(next, binary)
}

// Go runs the go command in the context dir. It sets the workspace and flags of the
// context, which override the environment. The error contains the command's output.
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
