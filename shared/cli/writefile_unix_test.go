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

// TestStandardOutputIsNoFileToReplace: what the program prints and what it writes
// arrive in their order, through a pipe and in a file.
func TestStandardOutputIsNoFileToReplace(t *testing.T) {
	const want = "before\nrows\nafter\n"
	link := filepath.Join(t.TempDir(), "stdout") // as /dev/stdout is, which must not be at stake in a test
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

// TestAPipeIsWrittenTo: what stands for every file that is not a regular one. The
// test holds both ends, so that nobody waits for the other.
func TestAPipeIsWrittenTo(t *testing.T) {
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

// TestTheModeIsKept: a file keeps its mode whatever the umask, a new one has what
// the umask leaves.
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

// TestAPrivateFileIsItsOwnersAlone, also while it is written, whatever was there
// before, and behind a link.
func TestAPrivateFileIsItsOwnersAlone(t *testing.T) {
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

// wantNewFilesPrivate checks what stands beside path.
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

// TestADiskThatIsFullLeavesTheOldFile, where it is a bound on the size of files
// that is reached: the program of the test runs under it.
func TestADiskThatIsFullLeavesTheOldFile(t *testing.T) {
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
