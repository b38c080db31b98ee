//go:build unix

package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain plays the parent that is killed when the environment asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("PREWARM_TEST_PARENT") != "" {
		actAsParent()
		return
	}
	os.Exit(m.Run())
}

// actAsParent starts a child, prints its id and waits to be killed.
func actAsParent() {
	child, err := Start(exec.Command("sleep", "600"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(child.Pid())
	select {}
}

func TestStopEndsAWholeGroup(t *testing.T) {
	// A shell that started a process of its own.
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
	// The leader ends by itself and leaves a process behind.
	child, out := startShell(t, `sleep 600 & echo $!; exit 3`)
	orphan := readPid(t, out)

	var exit *exec.ExitError
	if !errors.As(child.Wait(), &exit) || exit.ExitCode() != 3 {
		t.Fatalf("want exit code 3, got %v", child.Wait())
	}
	eventuallyGone(t, orphan)
}

func TestAChildDiesWithAParentKilledByForce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel has no parent-death signal")
	}
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PREWARM_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	child := readPid(t, out)

	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventuallyGone(t, child)
}

func TestAnEndedChildTakesNoSignal(t *testing.T) {
	child, err := Start(exec.Command("true"))
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
	_, err := Start(exec.Command("/nonexistent/program"))
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
	child, err := Start(cmd)
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

// eventuallyGone accepts a zombie as gone: who reaps an orphan is the system's
// affair.
func eventuallyGone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("process %d is still there", pid)
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, found := strings.Cut(string(stat), ") ")
	return found && strings.HasPrefix(rest, "Z")
}
