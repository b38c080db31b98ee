package bus_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// follow collects the decisions of the last hour and all new ones until the test ends.
func follow(t *testing.T, b *bus.Bus) *log {
	t.Helper()
	var got log
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Follow(ctx, event.TypeDecisions, time.Hour, got.add) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the error of the context", err)
		}
	})
	return &got
}

// expect waits until len(want) messages are collected, and compares them with want.
func (l *log) expect(t *testing.T, want []string) {
	t.Helper()
	testbed.Eventually(t, "the messages are read", func() bool { return len(l.all()) >= len(want) })
	if !slices.Equal(l.all(), want) {
		t.Fatalf("got %v, want %v", l.all(), want)
	}
}

func TestFollowSurvivesARestartOfNATS(t *testing.T) {
	n := startNATS(t)
	b := n.connect()
	want := publishAll(t, b, "past", 1)
	got := follow(t, b)
	got.expect(t, want)
	want = append(want, publishAll(t, b, "new", 2)...)
	n.stop()
	n.start()
	got.expect(t, append(want, publishAll(t, b, "newer", 1)...))
}

// The new stream numbers its messages from 1, so that its numbers are at first below
// the last number of the old stream, and later above it.
func TestFollowReadsAStreamThatWasCreatedAnew(t *testing.T) {
	for name, lose := range map[string]func(*testing.T, *nats, *bus.Bus){
		"deleted by an operator": deleteDecisions,
		"lost with the volume": func(_ *testing.T, n *nats, _ *bus.Bus) {
			n.stop()
			n.dir = n.t.TempDir()
			n.start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := startNATS(t)
			b := n.connect()
			want := publishAll(t, b, "old", 20)
			got := follow(t, b)
			got.expect(t, want)
			lose(t, n, b)
			want = append(want, publishAll(t, b, "new", 3)...)
			got.expect(t, want)
			got.expect(t, append(want, publishAll(t, b, "newer", 30)...)) // beyond the last number of the old stream
		})
	}
}

func deleteDecisions(t *testing.T, _ *nats, b *bus.Bus) {
	t.Helper()
	if err := b.JetStream().DeleteStream(context.Background(), bus.StreamDecisions); err != nil {
		t.Fatal(err)
	}
}

// After a loss of power the stream may lack its last messages, and give their numbers
// to new ones.
func TestFollowReadsOnAfterTheLastMessagesWereLost(t *testing.T) {
	n := startNATS(t)
	b := n.connect()
	want := publishAll(t, b, "kept", 3)
	n.stop()
	saved := t.TempDir()
	if err := os.CopyFS(saved, os.DirFS(n.dir)); err != nil {
		t.Fatal(err)
	}
	n.start()
	want = append(want, publishAll(t, b, "lost", 5)...)
	got := follow(t, b)
	got.expect(t, want)
	n.stop()
	n.dir = saved
	n.start()
	want = append(want, publishAll(t, b, "new", 2)...)
	got.expect(t, want)
	got.expect(t, append(want, publishAll(t, b, "newer", 6)...))
}
