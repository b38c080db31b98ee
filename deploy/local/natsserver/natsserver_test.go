package natsserver_test

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/natsserver"
	"prewarm/shared/testbed"
)

func TestStreamsSurviveARestartOnTheSamePort(t *testing.T) {
	dir := t.TempDir()
	ctx := deadline(t)

	// A stream with one message.
	first := start(t, natsserver.Options{Dir: dir})
	js := connect(t, first.URL())
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "orders", []byte("one")); err != nil {
		t.Fatal(err)
	}
	first.Stop()

	// The same client reconnects without a new call: the address has not changed.
	second := start(t, natsserver.Options{Dir: dir, Port: port(t, first.URL())})
	if second.URL() != first.URL() {
		t.Fatalf("want %s again, got %s", first.URL(), second.URL())
	}
	var stream jetstream.Stream
	testbed.Eventually(t, "the stream is back", func() bool {
		// A request that was sent into the old connection is never answered.
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		var err error
		stream, err = js.Stream(short, "ORDERS")
		return err == nil
	})
	message, err := stream.GetMsg(ctx, 1)
	if err != nil || string(message.Data) != "one" {
		t.Fatalf("want the message back, got %v, %v", message, err)
	}
}

func TestItListensOnLoopbackOnly(t *testing.T) {
	s := start(t, natsserver.Options{Dir: t.TempDir()})
	if u, _ := url.Parse(s.URL()); u.Hostname() != "127.0.0.1" {
		t.Fatalf("listens on %s", s.URL())
	}
}

func TestOnlyTheRightCredentialsConnect(t *testing.T) {
	byPassword := start(t, natsserver.Options{Dir: t.TempDir(), Username: "prewarm", Password: "s3cret"})
	byToken := start(t, natsserver.Options{Dir: t.TempDir(), Token: "t0ken"})
	for name, c := range map[string]struct {
		url    string
		option nats.Option
		opens  bool
	}{
		"right password": {byPassword.URL(), nats.UserInfo("prewarm", "s3cret"), true},
		"wrong password": {byPassword.URL(), nats.UserInfo("prewarm", "guess"), false},
		"no password":    {byPassword.URL(), nats.Name("anonymous"), false},
		"right token":    {byToken.URL(), nats.Token("t0ken"), true},
		"no token":       {byToken.URL(), nats.Name("anonymous"), false},
	} {
		conn, err := nats.Connect(c.url, c.option)
		if (err == nil) != c.opens {
			t.Errorf("%s: opens is %v, want %v (%v)", name, err == nil, c.opens, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	first := start(t, natsserver.Options{Dir: t.TempDir()})
	taken := port(t, first.URL())
	var log testbed.Buffer
	_, err := natsserver.Start(natsserver.Options{
		Dir: t.TempDir(), Port: taken, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(taken)) || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("want an error that names port %d, got %v", taken, err)
	}
	if !strings.Contains(log.String(), "in use") || !strings.Contains(log.String(), "part=nats") {
		t.Fatalf("the cause is not in the log: %s", log.String())
	}
}

// TestAStartAfterAKillLogsNoWarning copies the files of a running server, as kill -9
// leaves them: the index of the first run beside messages of the second.
func TestAStartAfterAKillLogsNoWarning(t *testing.T) {
	dir, ctx := t.TempDir(), deadline(t)
	publish := func(js jetstream.JetStream, bodies ...string) {
		t.Helper()
		for _, body := range bodies {
			if _, err := js.Publish(ctx, "words", []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := start(t, natsserver.Options{Dir: dir})
	js := connect(t, first.URL())
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "WORDS", Subjects: []string{"words"}}); err != nil {
		t.Fatal(err)
	}
	publish(js, "one", "two")
	first.Stop()
	publish(connect(t, start(t, natsserver.Options{Dir: dir}).URL()), "three")

	var log testbed.Buffer
	testbed.Eventually(t, "the copy holds all messages", func() bool {
		killed := t.TempDir()
		if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
			return false // a file went while it was copied
		}
		s := start(t, natsserver.Options{Dir: killed, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		defer s.Stop()
		stream, err := connect(t, s.URL()).Stream(ctx, "WORDS")
		return err == nil && stream.CachedInfo().State.Msgs == 3
	})
	if text := log.String(); !strings.Contains(text, "Stream state outdated") || strings.Contains(text, "level=WARN") {
		t.Errorf("want the repair in the log, and no warning:\n%s", text)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for name, options := range map[string]natsserver.Options{
		"Dir":      {},
		"Port":     {Dir: "x", Port: 65536},
		"Token":    {Dir: "x", Token: "t", Username: "u", Password: "p"},
		"Password": {Dir: "x", Username: "u"},
	} {
		if _, err := natsserver.Start(options); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error that names %s, got %v", name, err)
		}
	}
}

func TestStopMayBeCalledTwice(t *testing.T) {
	s := start(t, natsserver.Options{Dir: t.TempDir()})
	address := strings.TrimPrefix(s.URL(), "nats://")
	s.Stop()
	s.Stop()
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Fatal("still listening after Stop")
	}
}

func start(t *testing.T, options natsserver.Options) *natsserver.Server {
	t.Helper()
	s, err := natsserver.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func connect(t *testing.T, address string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(address, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func port(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
