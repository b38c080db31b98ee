package kubernetes

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"prewarm/shared/bus"
)

// TestAStreamThatCannotBeRecoveredRestartsNoServer starts the server on a store with a broken
// stream, as after a crash of its node: the startup probe succeeds, and the stream can be removed.
func TestAStreamThatCannotBeRecoveredRestartsNoServer(t *testing.T) {
	dir := t.TempDir()
	first := startNATS(t, dir)
	b := openBus(t, first)
	if err := b.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	first.Shutdown()
	first.WaitForShutdown()
	broken, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", bus.StreamWindows, "meta.inf"))
	if err != nil || len(broken) != 1 {
		t.Fatalf("got %v, %v", broken, err)
	}
	if err := os.WriteFile(broken[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startNATS(t, dir)
	status := func(path string) int {
		res, err := http.Get("http://" + s.MonitorAddr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := status("/healthz"); got != http.StatusServiceUnavailable {
		t.Fatalf("the stream is not broken: %d", got)
	}
	if got := status(startupPath(t)); got != http.StatusOK {
		t.Errorf("the startup probe answers %d", got)
	}
}

// startupPath returns the path of the startup probe of components/nats.
func startupPath(t *testing.T) string {
	t.Helper()
	for _, o := range everything(t) {
		if o.name() != "StatefulSet prewarm-nats" {
			continue
		}
		pod := object(o.at("spec", "template", "spec").(map[string]any))
		return object(pod.at("containers").([]any)[0].(map[string]any)).text("startupProbe", "httpGet", "path")
	}
	t.Fatal("there is no StatefulSet prewarm-nats")
	return ""
}
