//go:build unix

package buildcontext_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"prewarm/deploy/buildcontext"
	"prewarm/shared/testbed"
)

func TestAnInterruptedBuildLeavesNoCompiler(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "compiler")
	script := "#!/bin/sh\nsh -c 'echo $$ > \"" + file + "\"; exec sleep 60'\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	built := make(chan error)
	go func() { built <- buildcontext.Go(ctx, dir, nil, "build") }()
	var compiler int
	testbed.Eventually(t, "the compiler runs", func() bool {
		text, _ := os.ReadFile(file)
		compiler, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return compiler > 0
	})
	cancel()
	if err := <-built; err == nil {
		t.Error("an interrupted build must fail")
	}
	testbed.Eventually(t, "the compiler has ended", func() bool { return syscall.Kill(compiler, 0) == syscall.ESRCH })
}
