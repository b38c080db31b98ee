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

// Build builds VictoriaMetrics at the version that the module deploy/tools pins,
// and returns the path of the program, a file in dir that carries the version in
// its name. When it is there already nothing is built. The first build takes
// about a minute.
//
// The working directory must lie in this repository.
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

// toolsDir asks for the root module, wherever in it the program runs.
func toolsDir(ctx context.Context) (string, error) {
	root, err := output(ctx, "", "list", "-m", "-f", "{{.Dir}}", "prewarm")
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "deploy", "tools"), nil
}

// build leaves no half-written program behind when it is interrupted.
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

// output runs the go command in a directory. C is off: a machine with only Go
// has no compiler for it, and the result should not depend on that.
func output(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	buildcontext.EndWithContext(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}
