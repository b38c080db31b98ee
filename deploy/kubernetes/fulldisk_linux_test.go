package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestAFullDiskShowsInTheHealthThatTheProbeReads fills the volume of a real server, which
// then keeps its write error when there is room again, and loses it with a restart.
func TestAFullDiskShowsInTheHealthThatTheProbeReads(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip("no file system of a fixed size can be mounted:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startNATS(t, dir)
	js := stream(t, s)
	if err := fill(t, js); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a publisher gets no answer from a stream that cannot be written, got: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if health := healthz(t, s); !strings.Contains(health, "write error") {
		t.Errorf("the probe does not see the write error: %s", health)
	}
	for _, blind := range []string{"?js-enabled-only=true", "?js-server-only=true"} {
		if code, text := get(t, s, blind); code != http.StatusOK {
			t.Errorf("/healthz%s sees the error after all: use it in the probe: %s", blind, text)
		}
	}
	s.Shutdown()
	s.WaitForShutdown()
	s = startNATS(t, dir)
	if health := healthz(t, s); strings.Contains(health, "write error") {
		t.Errorf("the error is still there after the restart: %s", health)
	}
	if err := publish(stream(t, s), []byte("after")); err != nil {
		t.Error(err)
	}
}

// stream returns a client of a server with the stream A.
func stream(t *testing.T, s *server.Server) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL(), nats.UserInfo(natsUser, natsPassword))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}, MaxBytes: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	return js
}

// fill publishes until a message is not stored, and returns why.
func fill(t *testing.T, js jetstream.JetStream) error {
	t.Helper()
	for range 1000 {
		if err := publish(js, bytes.Repeat([]byte("x"), 512<<10)); err != nil {
			return err
		}
	}
	return nil
}

func publish(js jetstream.JetStream, body []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := js.Publish(ctx, "a", body)
	return err
}

func healthz(t *testing.T, s *server.Server) string {
	t.Helper()
	_, text := get(t, s, "?details=true")
	return text
}

// get returns the answer of /healthz with a query.
func get(t *testing.T, s *server.Server, query string) (int, string) {
	t.Helper()
	res, err := http.Get("http://" + s.MonitorAddr().String() + "/healthz" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
