package replica

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"prewarm/shared/testbed"
)

// testFunction is the path of the program that the tests run as a function.
var testFunction string

func TestMain(m *testing.M) {
	if path := os.Getenv("TEST_PLATFORM_FUNCTION"); path != "" {
		platform(path)
		return
	}
	dir, err := os.MkdirTemp("", "replica-test-*")
	if err != nil {
		panic(err)
	}
	testFunction = filepath.Join(dir, "function")
	build := exec.Command("go", "build", "-o", testFunction, "./testdata/function")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the test function: %s\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// platform is the process that a test kills: it runs one replica with a
// grandchild, prints their numbers, and waits.
func platform(path string) {
	launcher, err := NewLauncher()
	if err != nil {
		panic(err)
	}
	pool := NewPool(Spec{Function: "f", Path: path}, Config{Launcher: launcher})
	lease, err := pool.Acquire(context.Background())
	if err != nil {
		panic(err)
	}
	for _, path := range []string{"/pid", "/grandchild"} {
		res, err := http.Get("http://" + lease.Address + path)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(res.Body)
		fmt.Println(string(body))
	}
	select {}
}

// fixture is a pool with helpers for tests.
type fixture struct {
	*Pool
	t *testing.T
}

func newFixture(t *testing.T, edit func(*Spec)) fixture {
	t.Helper()
	return newFixtureWith(t, edit, Config{})
}

func newFixtureWith(t *testing.T, edit func(*Spec), cfg Config) fixture {
	t.Helper()
	launcher, err := NewLauncher()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Launcher = launcher
	cfg.Logger = slog.New(slog.DiscardHandler)
	spec := Spec{Function: "hello", Namespace: "openfaas-fn", Path: testFunction}
	if edit != nil {
		edit(&spec)
	}
	pool := NewPool(spec, cfg)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := pool.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := launcher.Close(); err != nil {
			t.Errorf("close the launcher: %v", err)
		}
	})
	return fixture{Pool: pool, t: t}
}

func (f fixture) awaitReady(n int) {
	f.t.Helper()
	testbed.Eventually(f.t, fmt.Sprintf("%d ready replicas", n), func() bool { return f.Stats().Ready == n })
}

func (f fixture) acquire() *Lease {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	lease, err := f.Acquire(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return lease
}

func get(t *testing.T, address, path string) string {
	t.Helper()
	body, err := tryGet(address, path)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func tryGet(address, path string) (string, error) {
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + path)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// running reports whether the process exists and is not a zombie.
func running(pid string) bool {
	var n int
	if _, err := fmt.Sscan(pid, &n); err != nil {
		panic(err)
	}
	if errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// readLine returns the next line of a child's output.
func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
