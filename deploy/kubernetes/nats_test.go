package kubernetes

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"prewarm/deploy/connector"
	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// natsLabels are those of the server's pods, by component and by chart.
var natsLabels = map[string]any{"app.kubernetes.io/name": "nats", "app.kubernetes.io/instance": "prewarm-nats"}

const natsUser, natsPassword = "prewarm", "p0123456789abcdef"

// natsOptions returns the configuration of components/nats with the secret as environment.
func natsOptions(t *testing.T) *server.Options {
	t.Helper()
	t.Setenv("NATS_USER", natsUser)
	t.Setenv("NATS_PASSWORD", natsPassword)
	opts, err := server.ProcessConfigFile("components/nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	return opts
}

// startNATS starts a server with the configuration of the component on free ports. Its store
// is in dir.
func startNATS(t *testing.T, dir string) *server.Server {
	t.Helper()
	opts := natsOptions(t)
	opts.Host, opts.Port, opts.HTTPHost, opts.HTTPPort = "127.0.0.1", server.RANDOM_PORT, "127.0.0.1", -1
	opts.StoreDir, opts.NoSigs, opts.NoLog = dir, true, true
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// openBus connects as a function does that has the secrets.
func openBus(t *testing.T, s *server.Server) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(bus.Config{
		URL: s.ClientURL(), User: natsUser, Password: natsPassword, Timeout: 5 * time.Second,
		Keys: event.NewKeys("", []byte("a key of the test")), DecisionsAge: time.Hour, DecisionsSize: 1 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestTheConfigurationOfNATSIsOne(t *testing.T) {
	opts := natsOptions(t)
	if !opts.JetStream || opts.StoreDir != "/data" || opts.HTTPPort != 8222 {
		t.Errorf("got %+v", opts)
	}
}

func TestNATSWantsThePasswordOfTheSecret(t *testing.T) {
	s := startNATS(t, t.TempDir())
	for _, who := range []nats.Option{nats.UserInfo("", ""), nats.UserInfo(natsUser, "guessed"), nats.Token(natsPassword)} {
		if c, err := nats.Connect(s.ClientURL(), who); err == nil {
			c.Close()
			t.Error("a client without the password was let in")
		}
	}
	if err := openBus(t, s).EnsureStreams(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNATSDoesNotStartWithoutTheSecret(t *testing.T) {
	if _, err := server.ProcessConfigFile("components/nats/nats.conf"); err == nil || !strings.Contains(err.Error(), "NATS_USER") {
		t.Errorf("the configuration was taken without a user: %v", err)
	}
}

// margin is the part of max_file_store that the streams leave free, and the part of the
// volume that max_file_store leaves free: a stream may exceed its limit by a block, and
// consumers and indexes have files too.
const margin = 0.2

// TestTheStreamsFitTheVolume lets a server with the limits of the manifest reserve every
// stream and bucket of the suite.
func TestTheStreamsFitTheVolume(t *testing.T) {
	s := startNATS(t, t.TempDir())
	b, now := openBus(t, s), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mode := event.Mode{Function: "hello.openfaas-fn", Mode: "observe", By: "test", Time: now}
	for what, err := range map[string]error{"streams": b.EnsureStreams(ctx), "pause": b.SetPaused(ctx, event.Pause{By: "test", Time: now}), "mode": b.SetMode(ctx, mode)} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	state, err := s.Jsz(nil)
	if err != nil {
		t.Fatal(err)
	}
	need := float64(state.ReservedStore) + connector.DeadBytes
	limit := float64(natsOptions(t).JetStreamMaxStore)
	if state.Streams != 5 || need > limit*(1-margin) {
		t.Errorf("%d streams reserve %.0f bytes of max_file_store, %.0f", state.Streams, need, limit)
	}
	for path, keys := range map[string][]string{"overlays/community": nil, "values/nats.yaml": {"config", "jetstream", "fileStore"}} {
		for _, o := range render(t, path) {
			if path == "overlays/community" && o.text("kind") == "StatefulSet" {
				claim := object(o.at("spec", "volumeClaimTemplates").([]any)[0].(map[string]any))
				fits(t, path, limit, claim.text("spec", "resources", "requests", "storage"))
			} else if keys != nil {
				store := object(o.at(keys...).(map[string]any))
				if store.text("maxSize") != "3Gi" || limit != 3<<30 {
					t.Errorf("%s: maxSize %s differs from nats.conf: %.0f", path, store.text("maxSize"), limit)
				}
				fits(t, path, limit, store.text("pvc", "size"))
			}
		}
	}
}

// fits checks that a volume of whole Gi has room for limit and the margin.
func fits(t *testing.T, path string, limit float64, volume string) {
	t.Helper()
	gib, found := strings.CutSuffix(volume, "Gi")
	size, err := time.ParseDuration(gib + "s") // a whole number
	if !found || err != nil || size.Seconds()*(1<<30)*(1-margin) < limit {
		t.Errorf("%s: a volume of %s does not fit max_file_store %.0f", path, volume, limit)
	}
}

const aliveScript = "base/nats-alive.sh"

// alive runs the liveness probe. The programs nc and df are stand-ins that answer with
// health and free.
func alive(t *testing.T, health, free string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"nc": health, "df": "Filesystem 1024-blocks Used Available Capacity Mounted\n/dev/x 4194304 1 " + free + " 1% /data\n"} {
		script := "#!/bin/sh\ncat <<'END'\n" + text + "\nEND\n"
		if text == "" {
			script = "#!/bin/sh\nexit 1\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", aliveScript, "/data")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func TestNATSIsRestartedOnlyIfThatHelps(t *testing.T) {
	const room, full = "1048576", "4096"
	writeError := "HTTP/1.0 503 Service Unavailable\n\n" + `{"status":"error","errors":[{"type":"STREAM","stream":"PREWARM_DECISIONS","error":"JetStream stream '$G \u003e PREWARM_DECISIONS' write error: write /data/4.blk: no space left on device"}]}`
	for name, c := range map[string]struct {
		health, free string
		alive        bool
		says         string
	}{
		"a healthy server":                     {"HTTP/1.0 200 OK\n\n{\"status\":\"ok\"}", room, true, ""},
		"a healthy server on a full disk":      {"HTTP/1.0 200 OK\n\n{\"status\":\"ok\"}", full, true, ""},
		"a server that does not answer":        {"", room, false, "does not answer"},
		"a server that takes no clients":       {"HTTP/1.0 500 Internal Server Error\n\n{}", room, false, "does not answer"},
		"a write error while the disk is full": {writeError, full, true, "no restart: 4096 KiB are free"},
		"a write error, and room again":        {writeError, room, false, "PREWARM_DECISIONS"},
		"JetStream off, and room":              {"HTTP/1.0 503 X\n\njetstream not enabled", room, false, "restart"},
		"JetStream off on a full disk":         {"HTTP/1.0 503 X\n\njetstream not enabled", full, true, "no restart"},
		"a stream that cannot be recovered":    {"HTTP/1.0 503 X\n\nJetStream stream '$G > A' could not be recovered", room, true, ""},
	} {
		if out, ok := alive(t, c.health, c.free); ok != c.alive || !strings.Contains(out, c.says) || c.says == "" && out != "" {
			t.Errorf("%s: alive %v, want %v: %s", name, ok, c.alive, out)
		}
	}
}
