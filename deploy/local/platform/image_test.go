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
)

// watchdogEnvironment holds the variables that of-watchdog reads from the same
// environment as the function, with the values that it documents.
// Source: the table "Configuration" in the README of github.com/openfaas/of-watchdog.
var watchdogEnvironment = map[string]string{
	"port": "8080", "max_inflight": "0", "log_buffer_size": "65536", "log_callid": "false", "metrics_port": "8081",
	"content_type": "application/octet-stream", "http_buffer_req_body": "false", "buffer_http": "false",
	"static_path": "/home/app/public", "suppress_lock": "false", "jwt_auth": "false", "prefix_logs": "true",
}

// TestEveryFunctionStartsInItsImage starts each function of the suite with the environment
// of its container: the ENV of the image, the environment of stack.yml with the values of
// each edition, and the variables of of-watchdog. Only addresses of other hosts are
// replaced.
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
	image := imageEnvironment(t, "template/prewarm-go/Dockerfile")
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
				port := freePort(t)
				startHandler(t, f, port, watchdogEnvironment, image, f.Spec.Environment, map[string]string{
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

// imageEnvironment returns the ENV instructions of the last stage of a Dockerfile.
func imageEnvironment(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stages := strings.Split(strings.ReplaceAll(string(text), "\\\n", " "), "\nFROM ")
	env := map[string]string{}
	for line := range strings.Lines(stages[len(stages)-1]) {
		if pairs, ok := strings.CutPrefix(line, "ENV "); ok {
			for pair := range strings.FieldsSeq(pairs) {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = value
			}
		}
	}
	if env["mode"] != "http" || env["fprocess"] == "" {
		t.Fatalf("%s must set mode and fprocess of of-watchdog, had: %v", path, env)
	}
	return env
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
