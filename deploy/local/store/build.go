package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"prewarm/deploy/buildcontext"
)

const (
	victoriaModule  = "github.com/VictoriaMetrics/VictoriaMetrics"
	victoriaPackage = victoriaModule + "/app/victoria-metrics"
)

// Build builds VictoriaMetrics at the version that the module deploy/tools pins, and
// returns the path of the program. It is a file in dir with the version in its name;
// if it exists, nothing is built. A build takes minutes.
//
// The working directory must lie in this repository.
// It is built from source, because the versions of all programs are pinned in go.mod and
// verified by go.sum.
func Build(ctx context.Context, dir string) (string, error) {
	tools, err := toolsDir(ctx)
	if err != nil {
		return "", fmt.Errorf("build victoria-metrics: %w", err)
	}
	version, err := output(ctx, tools, "list", "-m", "-f", "{{.Version}}", victoriaModule)
	if err != nil {
		return "", fmt.Errorf("build victoria-metrics: %w", err)
	}
	binary, err := filepath.Abs(filepath.Join(dir, "victoria-metrics-"+version))
	if err != nil {
		return "", fmt.Errorf("build victoria-metrics: %w", err)
	}
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := build(ctx, tools, binary); err != nil {
		return "", fmt.Errorf("build victoria-metrics %s: %w", version, err)
	}
	return binary, nil
}

// toolsDir returns the directory of the module deploy/tools, from any directory of the
// repository.
func toolsDir(ctx context.Context) (string, error) {
	root, err := output(ctx, "", "list", "-m", "-f", "{{.Dir}}", "prewarm")
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "deploy", "tools"), nil
}

// build builds into a temporary file, so that an interrupt leaves no incomplete program
// behind.
func build(ctx context.Context, tools, binary string) error {
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d.tmp", binary, os.Getpid())
	defer os.Remove(temporary)
	if _, err := output(ctx, tools, "build", "-o", temporary, victoriaPackage); err != nil {
		return err
	}
	return os.Rename(temporary, binary)
}

// output runs the go command in a directory and returns its output. cgo is off, so that
// no C compiler is needed.
func output(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// A workspace or flags of the caller must not change the pinned versions.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	buildcontext.EndWithContext(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}
