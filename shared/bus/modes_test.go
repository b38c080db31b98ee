package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

var signingKeys = event.NewKeys("", []byte("0123456789abcdef"))

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count returns how often a text is in the log.
func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// connectWithKey is connect for a program that knows the signing key.
func (n *nats) connectWithKey(log *logged) *bus.Bus {
	n.t.Helper()
	return n.connectWithKeys(signingKeys, log)
}

// connectWithKeys is connect for a program that signs with keys.
func (n *nats) connectWithKeys(keys event.Keys, log *logged) *bus.Bus {
	n.t.Helper()
	b, err := bus.Connect(bus.Config{
		URL: fmt.Sprintf("nats://127.0.0.1:%d", n.port), Keys: keys, Timeout: 2 * time.Second,
		DecisionsAge: time.Hour, DecisionsSize: 1 << 20, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { b.Close() })
	testbed.Eventually(n.t, "the modes can be read", func() bool {
		_, err := b.Modes(context.Background())
		return err == nil
	})
	return b
}

func mode(function, mode string) event.Mode {
	return event.Mode{Function: function, Mode: mode, By: "token", Time: time.Unix(1_800_000_000, 0).UTC()}
}

// read returns the modes as text, sorted by function.
func read(t *testing.T, b *bus.Bus) string {
	t.Helper()
	modes, err := b.Modes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, name := range slices.Sorted(maps.Keys(modes)) {
		out += name + "=" + modes[name].Mode + " "
	}
	return out
}

func TestModesAreSetAndClearedForEveryReader(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	dashboard, scaler := n.connectWithKey(&logged{}), n.connectWithKey(&logged{})
	want := func(text string) {
		t.Helper()
		if a, b := read(t, dashboard), read(t, scaler); a != text || b != text {
			t.Errorf("got %q and %q, want %q", a, b, text)
		}
	}
	want("") // there is no bucket yet
	if err := dashboard.SetMode(ctx, mode("a.ns", "active")); err != nil {
		t.Fatal(err)
	}
	want("a.ns=active ")
	if err := errors.Join(dashboard.SetMode(ctx, mode("b.ns", "off")), dashboard.SetMode(ctx, mode("a.ns", "observe"))); err != nil {
		t.Fatal(err)
	}
	want("a.ns=observe b.ns=off ")
	if err := errors.Join(dashboard.ClearMode(ctx, "a.ns"), dashboard.ClearMode(ctx, "never-set.ns")); err != nil {
		t.Fatal(err)
	}
	want("b.ns=off ")
	for _, err := range []error{dashboard.SetMode(ctx, mode("a.ns", "on")), dashboard.SetMode(ctx, mode(">", "off")), dashboard.ClearMode(ctx, "*")} {
		if !errors.Is(err, event.ErrPayload) {
			t.Errorf("got %v", err)
		}
	}
	want("b.ns=off ")
	n.stop()
	n.start() // the bucket is on disk
	testbed.Eventually(t, "NATS is back", func() bool {
		_, err := scaler.Modes(ctx)
		return err == nil
	})
	if text := read(t, scaler); text != "b.ns=off " {
		t.Errorf("after a restart of NATS: got %q", text)
	}
}

// An unchanged bucket costs one request, whatever is in it.
func TestUnchangedModesAreNotReadAgain(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithKey(&logged{})
	for i := range 300 {
		if err := b.SetMode(ctx, mode(fmt.Sprintf("f-%d.ns", i), "active")); err != nil {
			t.Fatal(err)
		}
	}
	requests := func() uint64 { return b.JetStream().Conn().Stats().OutMsgs }
	first, err := b.Modes(ctx)
	if err != nil || len(first) != 300 {
		t.Fatalf("got %d, %v", len(first), err)
	}
	before := requests()
	for range 10 {
		if _, err := b.Modes(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := requests() - before; got != 10 {
		t.Errorf("ten reads of an unchanged bucket took %d requests, want 10", got)
	}
}

// The values may be modes that the operator has set before the signing key was replaced.
func TestUnreadableModesMeanObserveAndAreLoggedOnce(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	b := n.connectWithKey(log)
	if err := b.SetMode(ctx, mode("good.ns", "active")); err != nil {
		t.Fatal(err)
	}
	kv, err := b.JetStream().KeyValue(ctx, bus.ModesBucket)
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(keys event.Keys, m event.Mode, typ string) []byte {
		_, body, err := event.Seal(keys, typ, 0, "x", &m)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for function, value := range map[string][]byte{
		"plain.ns":       []byte("active"),
		"other-key.ns":   sealed(event.NewKeys("", []byte("another-key-of-16-bytes")), mode("other-key.ns", "active"), event.TypeMode),
		"moved.ns":       sealed(signingKeys, mode("good.ns", "off"), event.TypeMode),
		"other-type.ns":  sealed(signingKeys, mode("other-type.ns", "off"), event.TypeDecisions),
		"not.a.function": sealed(signingKeys, mode("good.ns", "off"), event.TypeMode),
	} {
		if _, err := kv.Put(ctx, function, value); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, b); got != "good.ns=active moved.ns=observe other-key.ns=observe other-type.ns=observe plain.ns=observe " {
		t.Errorf("got %q", got)
	}
	// All of the bucket is read again.
	if err := errors.Join(b.SetMode(ctx, mode("moved.ns", "off")), b.ClearMode(ctx, "plain.ns")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, b); got != "good.ns=active moved.ns=off other-key.ns=observe other-type.ns=observe " {
		t.Errorf("got %q", got)
	}
	if got := log.count("a value of the operator cannot be trusted"); got != 5 {
		t.Errorf("%d lines for five values", got)
	}
}

func TestAVanishedBucketChangesNoMode(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	b := n.connectWithKey(log)
	if err := errors.Join(b.SetMode(ctx, mode("a.ns", "off")), b.SetMode(ctx, mode("b.ns", "off")), b.SetMode(ctx, mode("c.ns", "active"))); err != nil {
		t.Fatal(err)
	}
	all := read(t, b)
	if err := b.JetStream().DeleteKeyValue(ctx, bus.ModesBucket); err != nil {
		t.Fatal(err)
	}
	if got := read(t, b) + read(t, b); got != all+all {
		t.Errorf("got %q, want %q twice", got, all)
	}
	if got := log.count("has vanished"); got != 1 {
		t.Errorf("%d lines for one loss", got)
	}
	// A new bucket decides about the functions that it names, also by a clear.
	if err := errors.Join(b.SetMode(ctx, mode("a.ns", "active")), b.ClearMode(ctx, "b.ns")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := read(t, b); got != "a.ns=active c.ns=active " {
			t.Errorf("got %q", got)
		}
		// Also if it is not the next reading that finds it.
		if err := b.JetStream().DeleteKeyValue(ctx, bus.ModesBucket); err != nil {
			t.Fatal(err)
		}
		if err := b.SetMode(ctx, mode("a.ns", "active")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnreadableModesAreAnError(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithKey(&logged{})
	if err := b.SetMode(ctx, mode("a.ns", "off")); err != nil {
		t.Fatal(err)
	}
	read(t, b)
	n.stop()
	if _, err := b.Modes(ctx); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := b.SetMode(ctx, mode("a.ns", "active")); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
