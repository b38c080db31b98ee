package bus_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// nats is a NATS server that can be stopped and started on the same port and
// directory.
type nats struct {
	t    testing.TB
	port int
	dir  string
	tls  *tls.Config // nil for none
	srv  *server.Server
}

func startNATS(t testing.TB) *nats {
	t.Helper()
	return startNATSWith(t, nil)
}

// startNATSWith starts a server that demands TLS, unless cfg is nil.
func startNATSWith(t testing.TB, cfg *tls.Config) *nats {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nats{t: t, port: l.Addr().(*net.TCPAddr).Port, dir: t.TempDir(), tls: cfg}
	l.Close()
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *nats) start() {
	n.t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: n.port, JetStream: true, StoreDir: n.dir, NoSigs: true, NoLog: true, TLSConfig: n.tls})
	if err != nil {
		n.t.Fatal(err)
	}
	go srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		n.t.Fatal("NATS does not start")
	}
	n.srv = srv
}

func (n *nats) stop() {
	n.srv.Shutdown()
	n.srv.WaitForShutdown()
}

func (n *nats) connect() *bus.Bus {
	n.t.Helper()
	env := map[string]string{"nats_url": fmt.Sprintf("nats://127.0.0.1:%d", n.port), "nats_timeout": "2s", "secrets_dir": n.t.TempDir()}
	r := config.NewReader(func(k string) string { return env[k] })
	cfg := bus.ReadConfig(r)
	if err := r.Err(); err != nil {
		n.t.Fatal(err)
	}
	b, err := bus.Connect(cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { b.Close() })
	return b
}

// publish publishes one message with decisions, and tries again until that succeeds.
func publish(t *testing.T, b *bus.Bus, id string) {
	t.Helper()
	env := event.Envelope{Type: event.TypeDecisions, ID: id}
	testbed.Eventually(t, "publish "+id, func() bool { return b.Publish(context.Background(), env, []byte(id)) == nil })
}

// publishAll publishes messages prefix0 to prefix(n-1), and returns their bodies.
func publishAll(t *testing.T, b *bus.Bus, prefix string, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint(prefix, i))
		publish(t, b, ids[i])
	}
	return ids
}

// log collects bodies from several goroutines.
type log struct {
	mu     sync.Mutex
	bodies []string
}

func (l *log) add(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies = append(l.bodies, string(b))
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.bodies)
}

func TestAMessagePublishedTwiceIsStoredOnce(t *testing.T) {
	b := startNATS(t).connect()
	for _, id := range []string{"a", "b", "a", "c", "b"} {
		publish(t, b, id)
	}
	var got log
	if err := b.Replay(context.Background(), event.TypeDecisions, time.Hour, got.add); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.all(), []string{"a", "b", "c"}) {
		t.Errorf("got %v", got.all())
	}
}

// A clock that was ahead has named a message after a step to come. The true message of that
// step has the same ID and other content, and comes within ten minutes: NATS stores both, and
// each once.
func TestAMessageOfAWrongClockDoesNotHideTheTrueOne(t *testing.T) {
	b := startNATS(t).connect()
	for _, payload := range []string{"wrong", "true", "wrong", "true"} {
		env := event.Envelope{Type: event.TypeWindows, ID: "prewarm.windows/1800000060/0", Payload: json.RawMessage(payload)}
		testbed.Eventually(t, "publish", func() bool { return b.Publish(t.Context(), env, []byte(payload)) == nil })
	}
	var got log
	if err := b.Replay(t.Context(), event.TypeWindows, time.Hour, got.add); err != nil || !slices.Equal(got.all(), []string{"wrong", "true"}) {
		t.Errorf("got %v, %v", got.all(), err)
	}
}

func TestReplayOfAnEmptyStreamEnds(t *testing.T) {
	b := startNATS(t).connect()
	if err := b.Replay(context.Background(), event.TypeDecisions, time.Hour, func([]byte) { t.Error("a message") }); err != nil {
		t.Error(err)
	}
}

func TestReplayReadsMoreThanOneFetch(t *testing.T) {
	b := startNATS(t).connect()
	for i := range 600 {
		publish(t, b, fmt.Sprint(i))
	}
	var got log
	if err := b.Replay(context.Background(), event.TypeDecisions, time.Hour, got.add); err != nil || len(got.all()) != 600 {
		t.Errorf("got %d, %v", len(got.all()), err)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	b := startNATS(t).connect()
	for i := range 600 {
		publish(t, b, fmt.Sprint(i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := b.Replay(ctx, event.TypeDecisions, time.Hour, func([]byte) { seen++; cancel() })
	if !errors.Is(err, context.Canceled) || seen >= 600 {
		t.Errorf("%d of 600 messages were read after the end of the context: %v", seen, err)
	}
}

func TestReplayAfterPassesOnlyNewMessages(t *testing.T) {
	b := startNATS(t).connect()
	ctx := context.Background()
	var seen uint64
	next := func() []string {
		t.Helper()
		var got log
		last, err := b.ReplayAfter(ctx, event.TypeDecisions, seen, time.Hour, got.add)
		if err != nil {
			t.Fatal(err)
		}
		seen = last
		return got.all()
	}
	if got := next(); len(got) != 0 {
		t.Errorf("an empty stream holds %v", got)
	}
	for _, batch := range [][]string{{"a", "b"}, {"c"}, {}, {"d", "e"}} {
		for _, id := range batch {
			publish(t, b, id)
		}
		if got := next(); !slices.Equal(got, batch) {
			t.Errorf("got %v, want %v", got, batch)
		}
	}
	if err := b.JetStream().DeleteStream(ctx, bus.StreamDecisions); err != nil {
		t.Fatal(err)
	}
	publish(t, b, "f") // into a new stream, which numbers its messages from 1 again
	if got := next(); !slices.Equal(got, []string{"f"}) {
		t.Errorf("got %v of the new stream, want all of it", got)
	}
}

func TestReplayAfterKeepsItsPositionAfterAnError(t *testing.T) {
	n := startNATS(t)
	b := n.connect()
	publish(t, b, "a")
	n.stop()
	none := func([]byte) { t.Error("a message") }
	if last, err := b.ReplayAfter(context.Background(), event.TypeDecisions, 7, time.Hour, none); last != 7 || !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("got %d, %v, want the old position and ErrUnavailable", last, err)
	}
}

func TestWithoutNATSCallsFailAndRecover(t *testing.T) {
	n := startNATS(t)
	b := n.connect()
	publish(t, b, "before")
	n.stop()
	ctx := context.Background()
	if err := b.Publish(ctx, event.Envelope{Type: event.TypeDecisions, ID: "x"}, nil); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("publish: got %v", err)
	}
	if _, err := b.Paused(ctx); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("an unreadable switch must be an error: got %v", err)
	}
	testbed.Eventually(t, "the connection is down", func() bool { return b.Health(ctx) != nil })
	n.start()
	publish(t, b, "after")
	if err := b.Health(ctx); err != nil {
		t.Error(err)
	}
}
