//go:build unix

package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

// TestMain plays the parent that is killed when the environment asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("PREWARM_TEST_PARENT") != "" {
		actAsParent()
		return
	}
	os.Exit(m.Run())
}

// actAsParent starts a child and waits to be killed. When the launcher has started the
// child completely, the child starts a process of its own and prints both ids.
func actAsParent() {
	if err := startFamily(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	select {}
}

func startFamily() error {
	launcher, err := NewLauncher()
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", `read -r begin; sleep 600 & echo $$ $!; wait`)
	cmd.Stdout = os.Stdout
	begin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if _, err := launcher.Start(cmd); err != nil {
		return err
	}
	_, err = fmt.Fprintln(begin, "begin")
	return err
}

func newLauncher(t *testing.T) *Launcher {
	t.Helper()
	launcher, err := NewLauncher()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := launcher.Close(); err != nil {
			t.Errorf("close the launcher: %v", err)
		}
	})
	return launcher
}

func TestStopEndsAWholeGroup(t *testing.T) {
	// The child is a shell that has started another process.
	child, out := startShell(t, `sleep 600 & echo $!; wait`)
	grandchild := readPid(t, out)

	if err := child.Stop(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	eventuallyGone(t, child.Pid())
	eventuallyGone(t, grandchild)
}

func TestStopKillsAChildThatIgnoresTheRequest(t *testing.T) {
	child, out := startShell(t, `trap '' TERM; echo $$; while :; do sleep 600; done`)
	readPid(t, out)

	if err := child.Stop(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if !errors.As(child.Wait(), &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("want an end by SIGKILL, got %v", child.Wait())
	}
}

func TestAGroupEndsWithItsLeader(t *testing.T) {
	// The leader exits unasked and leaves a process behind.
	child, out := startShell(t, `sleep 600 & echo $!; exit 3`)
	orphan := readPid(t, out)

	var exit *exec.ExitError
	if !errors.As(child.Wait(), &exit) || exit.ExitCode() != 3 {
		t.Fatalf("want exit code 3, got %v", child.Wait())
	}
	eventuallyGone(t, orphan)
}

func TestASignalToTheLeaderLeavesItsGroupAlone(t *testing.T) {
	child, out := startShell(t, `trap 'echo asked; exit' TERM; (trap 'echo too' TERM; echo ready; sleep 600 & wait) & wait`)
	lines := bufio.NewReader(out)
	if got, err := lines.ReadString('\n'); err != nil || got != "ready\n" {
		t.Fatalf("got %q %v, want ready", got, err)
	}
	if err := child.SignalLeader(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(lines); err != nil || string(rest) != "asked\n" {
		t.Errorf("got %q %v, want that only the leader was asked", rest, err)
	}
}

// TestNoChildOutlivesAKilledParent: on Linux the kernel kills the child, and on all
// systems the guard kills its group.
func TestNoChildOutlivesAKilledParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PREWARM_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var child, grandchild int
	if _, err := fmt.Fscan(out, &child, &grandchild); err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventuallyGone(t, child)
	eventuallyGone(t, grandchild)
}

func TestCloseKillsTheChildrenThatRun(t *testing.T) {
	launcher := newLauncher(t)
	child, err := launcher.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := launcher.Close(); err != nil {
			t.Fatal(err)
		}
	}
	<-child.Done()
	if _, err := launcher.Start(exec.Command("true")); !errors.Is(err, ErrClosed) {
		t.Errorf("want ErrClosed, got %v", err)
	}
}

func TestSignalsToAnEndedChildDoNothing(t *testing.T) {
	child, err := newLauncher(t).Start(exec.Command("true"))
	if err != nil {
		t.Fatal(err)
	}
	<-child.Done()
	if err := child.Wait(); err != nil {
		t.Fatalf("true ended with %v", err)
	}
	for _, stop := range []func() error{
		func() error { return child.Stop(0) },
		child.Kill,
		func() error { return child.Signal(syscall.SIGTERM) },
	} {
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStartNamesTheMissingProgram(t *testing.T) {
	_, err := newLauncher(t).Start(exec.Command("/nonexistent/program"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/nonexistent/program") {
		t.Fatalf("want a named missing program, got %v", err)
	}
}

func startShell(t *testing.T, script string) (*Process, io.Reader) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = write
	child, err := newLauncher(t).Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Kill() })
	write.Close()
	return child, read
}

func readPid(t *testing.T, out io.Reader) int {
	t.Helper()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// eventuallyGone accepts a zombie as gone: the system reaps orphans, at a time of its
// choice.
func eventuallyGone(t *testing.T, pid int) {
	t.Helper()
	testbed.Eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid)
	})
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, found := strings.Cut(string(stat), ") ")
	return found && strings.HasPrefix(rest, "Z")
}
