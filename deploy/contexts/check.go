package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"prewarm/deploy/buildcontext"
)

// report describes one build context.
type report struct {
	function string
	files    int        // of the context
	bytes    int64      // of these files
	program  int64      // bytes of the program
	build    []download // modules of the program
	all      []download // modules of the program, vet and the tests
}

// String returns the report as one line.
func (r report) String() string {
	return fmt.Sprintf("%-10s context %3d files, %4d KiB; program %4.1f MiB, downloads %2d modules, %4.1f MiB; with its tests %2d modules, %4.1f MiB",
		r.function, r.files, r.bytes>>10, float64(r.program)/mib, len(r.build), float64(size(r.build))/mib, len(r.all), float64(size(r.all))/mib)
}

// within returns an error if the context downloads a module that is meant for
// tools, or more than bound bytes. The error names the largest modules.
// The bound keeps the container builds of the functions short.
func (r report) within(bound int64) error {
	for _, d := range r.all {
		if heavy(d.module) {
			return fmt.Errorf("%s downloads %s, which is for tools and not for functions", r.function, d.module)
		}
	}
	if total := size(r.all); total > bound {
		return fmt.Errorf("%s downloads %.1f MiB, at most %.1f are allowed; the largest: %s",
			r.function, float64(total)/mib, float64(bound)/mib, largest(r.all, 5))
	}
	return nil
}

// heavy reports whether only the local platform, the programs in models or the
// tests of deploy/kubernetes may use a module.
func heavy(module string) bool {
	// The module cache writes a capital letter as "!" and the small one.
	for _, prefix := range []string{
		"github.com/nats-io/nats-server/", "gonum.org/v1/plot@",
		"github.com/!victoria!metrics/", "github.com/vbauerster/mpb/", "github.com/spf13/", "k8s.io/", "sigs.k8s.io/",
		"google.golang.org/grpc@", // of the external scaler, and of otlptracehttp
	} {
		if strings.HasPrefix(module, prefix) {
			return true
		}
	}
	return false
}

// check makes the build context of f and runs the commands of the build stage of the
// template's Dockerfile in it, with an empty module cache.
func check(ctx context.Context, f buildcontext.Function, proxy string) (r report, err error) {
	r.function = f.Name
	scratch, err := os.MkdirTemp("", "prewarm-context-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(scratch)
	dir, err := f.Create(buildcontext.Dirs{Build: filepath.Join(scratch, "build")})
	if err != nil {
		return r, err
	}
	if r.files, r.bytes, err = contents(dir); err != nil {
		return r, err
	}
	err = r.compile(ctx, dir, scratch, proxy)
	return r, err
}

// compile builds the handler of the context in dir, then vets and tests it, with a cache of
// modules of its own in scratch. It notes the downloads and the size of the program.
func (r *report) compile(ctx context.Context, dir, scratch, proxy string) (err error) {
	cache, program := filepath.Join(scratch, "modules"), filepath.Join(scratch, "handler")
	// -modcacherw: the go command makes its cache read-only, and RemoveAll would fail. GONOSUMDB:
	// go.sum verifies the modules, without a request to the checksum database.
	env := []string{"GOMODCACHE=" + cache, "GOPROXY=" + proxy, "GONOSUMDB=*", "GOFLAGS=-trimpath -buildvcs=false -modcacherw"}

	if err := buildcontext.Compile(ctx, dir, env, program); err != nil {
		return fmt.Errorf("%s: %w", r.function, err)
	}
	// Before vet and test, which add the modules of the tests to the same cache.
	if r.build, err = downloads(cache); err != nil {
		return err
	}
	for _, args := range [][]string{{"vet", ".", "./function"}, {"test", "./function"}} {
		if err := buildcontext.Go(ctx, dir, env, args...); err != nil {
			return fmt.Errorf("%s: %w", r.function, err)
		}
	}
	if r.all, err = downloads(cache); err != nil {
		return err
	}
	info, err := os.Stat(program)
	if err != nil {
		return err
	}
	r.program = info.Size()
	return nil
}

// contents returns the number of files below dir and their bytes.
func contents(dir string) (files int, bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files++
		bytes += info.Size()
		return nil
	})
	return files, bytes, err
}

// localProxy returns a GOPROXY that reads the download cache of this machine first.
// That is safe, because the go command verifies each module against go.sum.
// Its layout is that of a module proxy, so that a file URL can stand for one.
func localProxy(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	cache, proxy, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return "file://" + filepath.ToSlash(filepath.Join(cache, "cache", "download")) + "," + cmp.Or(proxy, "direct"), nil
}
