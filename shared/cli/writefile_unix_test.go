//go:build unix

package cli_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"prewarm/shared/cli"
)

func program(target string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writeKey+"="+target)
	return cmd
}

// What the program prints and what it writes to its standard output by name arrive in
// their order, through a pipe and in a file.
func TestStandardOutputIsWrittenInPlace(t *testing.T) {
	const want = "before\nrows\nafter\n"
	link := filepath.Join(t.TempDir(), "stdout") // as /dev/stdout, which a failing test could replace
	if err := os.Symlink("/proc/self/fd/1", link); err != nil {
		t.Fatal(err)
	}
	if got, err := program(link).Output(); err != nil || string(got) != want {
		t.Errorf("through a pipe came %q, %v", got, err)
	}

	file, err := os.Create(filepath.Join(t.TempDir(), "report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := program(link)
	cmd.Stdout = file
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, file.Name(), want)
}

// A pipe stands for all files that are not regular. The test holds both ends, so that
// opening does not block.
func TestAPipeIsWrittenInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if err := cli.WriteFile(path, put("rows")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe has become %v, %v", info.Mode(), err)
	}
	if err := pipe.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if n, err := pipe.Read(got); err != nil || string(got[:n]) != "rows" {
		t.Errorf("through the pipe came %q, %v", got[:n], err)
	}
}

// A file keeps its mode whatever the umask, and a new one has 0666 less the umask.
func TestTheModeIsKept(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	path := filepath.Join(t.TempDir(), "report.csv")
	for _, mode := range []os.FileMode{0o640, 0o600, 0o666} {
		if mode != 0o640 {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		if err := cli.WriteFile(path, put("x")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("the mode is %v, %v; want %v", info.Mode(), err, mode)
		}
	}
}

// A private file has mode 0600: while it is written, whatever mode the old file had,
// and behind a link.
func TestAPrivateFileHasMode0600(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "state.json")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, before := range []os.FileMode{0, 0o644, 0o400, 0o600} {
		if before != 0 {
			if err := os.Chmod(path, before); err != nil {
				t.Fatal(err)
			}
		}
		err := cli.WritePrivate(link, func(w io.Writer) error {
			wantNewFilesPrivate(t, path)
			return put("secret")(w)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantOnly(t, path, "secret")
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("a file of mode %v has become %v, %v", before, info.Mode(), err)
		}
	}
}

// wantNewFilesPrivate checks that there is one file beside path, with mode 0600.
func wantNewFilesPrivate(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		if e.Name() == filepath.Base(path) {
			continue
		}
		found++
		if info, err := e.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if found != 1 {
		t.Errorf("%d files beside it; want the one that is written", found)
	}
}

// A bound on the size of files stands for a full disk: the program of the test runs
// under it.
func TestAFullDiskLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.txt")
	if err := cli.WriteFile(path, put("old")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `trap "" XFSZ; ulimit -f 0; exec "$0"`, os.Args[0])
	cmd.Env = program(path).Env
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), syscall.EFBIG.Error()) {
		t.Errorf("got %v: %s", err, out)
	}
	wantOnly(t, path, "old")
}
