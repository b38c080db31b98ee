package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// expectFailures checks the counters of one subject.
func expectFailures(t *testing.T, b *bus.Bus, refused, unavailable string) {
	t.Helper()
	want := "# HELP prewarm_publish_failures_total Messages that NATS did not store, by cause: refused (JetStream answered with an error) or unavailable (no answer).\n" +
		"# TYPE prewarm_publish_failures_total counter\n" +
		`prewarm_publish_failures_total{cause="refused",subject="prewarm.decisions"} ` + refused + "\n" +
		`prewarm_publish_failures_total{cause="unavailable",subject="prewarm.decisions"} ` + unavailable + "\n"
	if err := testutil.CollectAndCompare(b.Failures(event.TypeDecisions), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestMessagesThatAreNotStoredAreCountedByCause(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithLimits(0, &logged{})
	publish(t, b, "stored") // before the connection stands, tries may fail
	b = n.connectWithLimits(0, &logged{})
	testbed.Eventually(t, "connected", func() bool { return b.Health(ctx) == nil })
	expectFailures(t, b, "0", "0")
	// The server takes messages of a stream up to a size.
	limits := limits(t, b, bus.StreamDecisions)
	limits.MaxMsgSize = 8
	if _, err := b.JetStream().UpdateStream(ctx, limits); err != nil {
		t.Fatal(err)
	}
	decisions := func(id string) event.Envelope { return event.Envelope{Type: event.TypeDecisions, ID: id} }
	var refused *jetstream.APIError
	if err := b.Publish(ctx, decisions("large"), []byte("more than 8 bytes")); !errors.Is(err, bus.ErrUnavailable) || !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	expectFailures(t, b, "1", "0")
	n.stop()
	if err := b.Publish(ctx, decisions("away"), []byte("x")); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	expectFailures(t, b, "1", "1")
}

// A server with a full disk keeps the connection and does not answer. So does a stream
// without acknowledgements.
func TestAStreamThatDoesNotAnswerPointsToTheHealthOfTheServer(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithLimits(0, &logged{})
	testbed.Eventually(t, "connected", func() bool { return b.Health(ctx) == nil && b.EnsureStreams(ctx) == nil })
	if err := b.JetStream().DeleteStream(ctx, bus.StreamDecisions); err != nil {
		t.Fatal(err)
	}
	silent := jetstream.StreamConfig{Name: bus.StreamDecisions, Subjects: []string{event.TypeDecisions}, NoAck: true}
	if _, err := bus.EnsureStream(ctx, b.JetStream(), silent); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	err := b.Publish(short, event.Envelope{Type: event.TypeDecisions, ID: "x"}, []byte("x"))
	if !errors.Is(err, bus.ErrUnavailable) || !strings.Contains(err.Error(), "see /healthz of its server") {
		t.Errorf("got %v", err)
	}
	expectFailures(t, b, "0", "1")
}

// The only header of the suite's own is the trace, in its one form.
func TestATraceIsAHeaderOfTheMessage(t *testing.T) {
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	n, ctx := startNATS(t), context.Background()
	b := n.connectWithLimits(0, &logged{})
	testbed.Eventually(t, "connected", func() bool { return b.Health(ctx) == nil && b.EnsureStreams(ctx) == nil })
	stream, err := b.JetStream().Stream(ctx, bus.StreamDecisions)
	if err != nil {
		t.Fatal(err)
	}
	for i, given := range []string{trace, "", "x\r\nNats-Rollup: all", strings.Repeat("0", 1000)} {
		if err := b.Publish(ctx, event.Envelope{Type: event.TypeDecisions, ID: given, Trace: given}, []byte("x")); err != nil {
			t.Fatal(err)
		}
		stored, err := stream.GetMsg(ctx, uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if got := stored.Header.Get(event.TraceHeader); got != event.CheckTrace(given) || len(stored.Header) > 3 {
			t.Errorf("%.50q is stored as %q, with %v", given, got, stored.Header)
		}
	}
}
