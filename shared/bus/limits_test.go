package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/testbed"
)

// connectWithLimits is connect with other limits than the defaults.
func (n *nats) connectWithLimits(replicas int, log *logged) *bus.Bus {
	n.t.Helper()
	b, err := bus.Connect(bus.Config{
		URL: fmt.Sprintf("nats://127.0.0.1:%d", n.port), Keys: signingKeys, Timeout: 2 * time.Second, Replicas: replicas,
		DecisionsAge: 2 * time.Hour, DecisionsSize: 8 << 20, TransitSize: 4 << 20, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { b.Close() })
	return b
}

// limits returns the configuration that the server has of a stream.
func limits(t *testing.T, b *bus.Bus, name string) jetstream.StreamConfig {
	t.Helper()
	stream, err := b.JetStream().Stream(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().Config
}

func TestTheKeysLimitNewStreams(t *testing.T) {
	log := &logged{}
	b := startNATS(t).connectWithLimits(0, log)
	testbed.Eventually(t, "the streams are there", func() bool { return b.EnsureStreams(context.Background()) == nil })
	for name, want := range map[string]int64{bus.StreamWindows: 4 << 20, bus.StreamForecasts: 4 << 20, bus.StreamDecisions: 8 << 20} {
		if got := limits(t, b, name); got.MaxBytes != want || got.Replicas != 1 {
			t.Errorf("%s has %d bytes and %d replicas", name, got.MaxBytes, got.Replicas)
		}
	}
	if got := log.count("other limits"); got != 0 {
		t.Errorf("%d lines about streams that are as the keys ask for", got)
	}
}

// The operator keeps decisions for longer, and the programs start again and go on reading.
func TestAStreamStaysAsItsOperatorSetIt(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	first := n.connectWithLimits(0, &logged{})
	testbed.Eventually(t, "the streams are there", func() bool { return first.EnsureStreams(ctx) == nil })
	edited := limits(t, first, bus.StreamDecisions)
	edited.MaxAge, edited.MaxBytes, edited.Description = 30*24*time.Hour, 64<<20, "for the auditors"
	if _, err := first.JetStream().UpdateStream(ctx, edited); err != nil {
		t.Fatal(err)
	}
	b := n.connectWithLimits(0, log)
	publish(t, b, "x")
	for range 3 {
		if err := b.EnsureStreams(ctx); err != nil {
			t.Fatal(err)
		}
	}
	got := limits(t, b, bus.StreamDecisions)
	if got.MaxAge != edited.MaxAge || got.MaxBytes != edited.MaxBytes || got.Description != edited.Description || !slices.Equal(got.Subjects, edited.Subjects) {
		t.Errorf("got %+v", got)
	}
	if got := log.count("other limits"); got != 1 {
		t.Errorf("%d lines about one stream", got)
	}
}

// One server keeps no copies: the key is seen because it refuses to.
func TestReplicasAreAskedForWithNewStreamsAndBuckets(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithLimits(3, &logged{})
	testbed.Eventually(t, "the server answers", func() bool { _, err := b.Modes(ctx); return err == nil })
	for what, err := range map[string]error{"streams": b.EnsureStreams(ctx), "modes": b.SetMode(ctx, mode("a.ns", "off"))} {
		if err == nil || !strings.Contains(err.Error(), "replicas > 1 not supported in non-clustered mode") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
