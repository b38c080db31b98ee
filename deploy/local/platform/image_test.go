package platform_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/local/natsserver"
	"prewarm/shared/testbed"
)

// TestEveryFunctionStartsInItsImage starts each function of the suite with the environment
// of its container: the variables of of-watchdog with their defaults, the ENV of the image,
// and the environment of stack.yml with the values of each edition. Only addresses of other
// hosts are replaced.
func TestEveryFunctionStartsInItsImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every function")
	}
	t.Chdir("../../..")
	nats, err := natsserver.Start(natsserver.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	for _, edition := range []string{"community", "standard"} {
		t.Run(edition, func(t *testing.T) {
			setFromFile(t, "deploy/kubernetes/overlays/"+edition+"/stack.env")
			built, err := buildcontext.Build(t.Context(), buildcontext.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(built) != 4 {
				t.Fatalf("stack.yml must have 4 functions, had: %d", len(built))
			}
			for _, f := range built {
				if f.Env["mode"] != "http" || f.Env["fprocess"] == "" {
					t.Errorf("the image of %s must set mode and fprocess of of-watchdog, had: %v", f.Name, f.Env)
				}
				port := freePort(t)
				startHandler(t, f, port, testbed.Watchdog(), f.Env, f.Spec.Environment, map[string]string{
					"nats_url": nats.URL(), "handler_port": port, "secrets_dir": secretsDir(t, f.Spec.Secrets),
				})
			}
		})
	}
}

// startHandler runs the program of a function with layers of environment, and waits until
// its health path answers 200. A variable of a later layer takes precedence.
func startHandler(t *testing.T, f buildcontext.Image, port string, layers ...map[string]string) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), f.Binary)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	for _, layer := range layers {
		for name, value := range layer {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, stop := context.WithCancelCause(t.Context())
	t.Cleanup(func() { <-ended.Done() })
	go func() { stop(fmt.Errorf("%s ended: %w", f.Name, cmd.Wait())) }()
	until(t, f.Name+" answers its health path", func() bool {
		if ended.Err() != nil {
			t.Fatalf("%v\n%s", context.Cause(ended), log.String())
		}
		res, err := http.Get("http://127.0.0.1:" + port + "/_/health")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// setFromFile sets the variables that a shell exports from an environment file.
func setFromFile(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "set -a; . ./"+path+"; env")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	for line := range strings.Lines(string(out)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && name != "PATH" && name != "PWD" {
			t.Setenv(name, value)
		}
	}
}

// secretsDir returns a directory as OpenFaaS mounts it, with the named secrets.
func secretsDir(t *testing.T, names []string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("a secret of this test\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
