package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/testbed"
)

// fakeGo puts a go command before the real one, which knows GOROOT and compiles with a script.
func fakeGo(t *testing.T, compile string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" = env ] && { echo '" + strings.TrimSpace(string(root)) + "'; exit; }\n" + compile + "\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestAnInterruptEndsABuild(t *testing.T) {
	began := filepath.Join(t.TempDir(), "began")
	fakeGo(t, "touch '"+began+"'; exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	o := sampleOptions(t, "registry.example.org")
	ended := make(chan error, 1)
	var log testbed.Buffer
	go func() {
		_, err := build(ctx, []source{{name: "prewarm-a", dir: t.TempDir()}}, o, t.TempDir(), &log)
		ended <- err
	}()
	testbed.Eventually(t, "the compiler runs", func() bool { _, err := os.Stat(began); return err == nil })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if log.String() != "" {
		t.Errorf("nothing is built, progress says %q", log.String())
	}
}

func TestAnImageThatDoesNotCompileIsNamed(t *testing.T) {
	fakeGo(t, "echo 'main.go:3: undefined: x'; exit 1")
	_, err := build(t.Context(), []source{{name: "prewarm-a", dir: t.TempDir()}}, sampleOptions(t, "registry.example.org"), t.TempDir(), &testbed.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "build prewarm-a for linux/") || !strings.Contains(err.Error(), "main.go:3: undefined: x") {
		t.Errorf("got %v", err)
	}
}
