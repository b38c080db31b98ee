package cli_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prewarm/shared/cli"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// wantOnly checks that dir holds one file with the given content.
func wantOnly(t *testing.T, path, content string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != content {
		t.Errorf("file holds %q, %v; want %q", got, err, content)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files in the directory, %v; want one", len(entries), err)
	}
}

func TestWriteReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.csv")
	for _, text := range []string{"first", "second"} {
		if err := cli.WriteFile(path, put(text)); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, path, text)
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.csv")
	if err := cli.WriteFile(path, put("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("interrupted")
	err := cli.WriteFile(path, func(w io.Writer) error {
		io.WriteString(w, "half of the n")
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v; want %v that names %s", err, broken, path)
	}
	wantOnly(t, path, "old")
}

// A file system has names of at most 255 bytes. The name of the temporary file must not
// be longer than that of the target.
func TestALongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 255))
	if err := cli.WriteFile(path, put("x")); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, path, "x")
}

func TestWriteIntoMissingDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "report.csv")
	if err := cli.WriteFile(path, put("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v; want %v", err, os.ErrNotExist)
	}
}

func TestWriteOverDirectoryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := cli.WriteFile(path, put("x")); err == nil {
		t.Error("a directory was replaced")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d entries left; want the directory alone", len(entries))
	}
}

// A link to a file in another directory, over a second link, leads to the new content,
// also if there was no file yet.
func TestASymbolicLinkStays(t *testing.T) {
	there, here := t.TempDir(), t.TempDir()
	target, first, second := filepath.Join(there, "report.csv"), filepath.Join(here, "latest"), filepath.Join(there, "newest")
	if err := errors.Join(os.Symlink("report.csv", second), os.Symlink(second, first)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second"} {
		if err := cli.WriteFile(first, put(text)); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{first, second} {
			if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
				t.Fatalf("%s is not a link after that: %v, %v", link, info, err)
			}
		}
		info, err := os.Lstat(target)
		if err != nil || !info.Mode().IsRegular() {
			t.Fatalf("%s: %v, %v", target, info, err)
		}
		if got, err := os.ReadFile(first); err != nil || string(got) != text {
			t.Errorf("the link leads to %q, %v; want %q", got, err, text)
		}
	}
}

func TestLinksThatLeadNowhereAreRefused(t *testing.T) {
	dir := t.TempDir()
	loop, lost := filepath.Join(dir, "loop"), filepath.Join(dir, "lost")
	if err := errors.Join(os.Symlink("loop", loop), os.Symlink(filepath.Join("missing", "report.csv"), lost)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{loop, lost} {
		if err := cli.WriteFile(path, put("x")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v; want one that names %s", err, path)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries left, %v; want the two links", len(entries), err)
	}
}
