package bus_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/testbed"
)

// connectWith connects to a server with the given secrets, and returns the log too.
func (n *nats) connectWith(scheme string, secrets map[string][]byte) (*bus.Bus, *testbed.Buffer) {
	n.t.Helper()
	dir := n.t.TempDir()
	for name, content := range secrets {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	env := map[string]string{"nats_url": fmt.Sprintf("%s://127.0.0.1:%d", scheme, n.port), "nats_timeout": "2s", "secrets_dir": dir}
	r := config.NewReader(func(k string) string { return env[k] })
	cfg := bus.ReadConfig(r)
	if err := r.Err(); err != nil {
		n.t.Fatal(err)
	}
	log := &testbed.Buffer{}
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	b, err := bus.Connect(cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { b.Close() })
	return b, log
}

// A server with its own authority demands client certificates. The scheme nats:// is
// enough: certificates mean TLS.
func TestMessagesPassOverTLS(t *testing.T) {
	authority := testbed.NewAuthority(t)
	cert, key := authority.Issue("prewarm", time.Now().Add(time.Hour))
	n := startNATSWith(t, authority.Server(true))
	for _, scheme := range []string{"tls", "nats"} {
		b, _ := n.connectWith(scheme, map[string][]byte{"nats-ca": authority.PEM(), "nats-cert": cert, "nats-key": key})
		publish(t, b, scheme)
	}
}

func TestTheHealthNamesNoAddress(t *testing.T) {
	n := startNATS(t)
	n.stop()
	b, log := n.connectWith("nats", nil)
	address := fmt.Sprintf("127.0.0.1:%d", n.port)
	testbed.Eventually(t, "the log names the address", func() bool { return strings.Contains(log.String(), address) })
	if err := b.Health(context.Background()); err == nil || strings.Contains(err.Error(), address) {
		t.Errorf("got %v", err)
	}
}

// Connects are repeated for ever: the log and the health say why they fail.
func TestAFailedTLSConnectNamesWhatIsMissing(t *testing.T) {
	authority := testbed.NewAuthority(t)
	ca := map[string][]byte{"nats-ca": authority.PEM()}
	for _, c := range []struct {
		server  *tls.Config
		secrets map[string][]byte
		want    string
	}{
		{authority.Server(false), nil, "mount the certificate of its authority as secret nats-ca"},
		{authority.Server(true), ca, "secrets nats-cert and nats-key"},
		{nil, ca, "the server in nats_url speaks no TLS"},
	} {
		b, log := startNATSWith(t, c.server).connectWith("tls", c.secrets)
		testbed.Eventually(t, "the health says: "+c.want, func() bool {
			err := b.Health(context.Background())
			return err != nil && strings.Contains(err.Error(), c.want)
		})
		testbed.Eventually(t, "the log says: "+c.want, func() bool { return strings.Contains(log.String(), c.want) })
		if n := strings.Count(log.String(), "\n"); n > 8 {
			t.Errorf("%d lines in the log:\n%s", n, log)
		}
	}
}
