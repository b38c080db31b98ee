package kubernetes_test

import (
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// bus connects as a user.
func (w *rights) bus(user string) *bus.Bus {
	w.t.Helper()
	r := config.NewReader(w.env(user))
	cfg := bus.ReadConfig(r)
	cfg.Keys = event.ReadKeys(r)
	b, err := bus.Connect(cfg)
	if err != nil || r.Err() != nil {
		w.t.Fatal(err, r.Err())
	}
	w.t.Cleanup(func() { _ = b.Close() })
	testbed.Eventually(w.t, user+" is connected", func() bool { return b.EnsureStreams(w.t.Context()) == nil || user == "connector" })
	return b
}

func (w *rights) connect(user string) *nats.Conn {
	w.t.Helper()
	conn, err := nats.Connect(w.nats.ClientURL(), nats.UserInfo(user, rightsPassword), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(conn.Close)
	return conn
}

func (w *rights) jetStream(user string) jetstream.JetStream {
	w.t.Helper()
	js, err := jetstream.New(w.connect(user))
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

// refusals are the lines of the server's log about a missing right.
type refusals struct {
	mu    sync.Mutex
	lines []string
}

func (l *refusals) note(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); strings.Contains(line, "Violation") {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lines = append(l.lines, line)
	}
}

func (l *refusals) Errorf(format string, args ...any)  { l.note(format, args...) }
func (l *refusals) Warnf(format string, args ...any)   { l.note(format, args...) }
func (l *refusals) Fatalf(format string, args ...any)  { l.note(format, args...) }
func (l *refusals) Noticef(format string, args ...any) {}
func (l *refusals) Debugf(format string, args ...any)  {}
func (l *refusals) Tracef(format string, args ...any)  {}

// refused returns what the server has refused so far.
func (w *rights) refused() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return strings.Join(w.log.lines, "\n")
}
