package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// connectWithShards is connect with several shards.
func (n *nats) connectWithShards(shards int, log *logged) *bus.Bus {
	n.t.Helper()
	b, err := bus.Connect(bus.Config{
		URL: fmt.Sprintf("nats://127.0.0.1:%d", n.port), Keys: signingKeys, Timeout: 2 * time.Second, Shards: shards,
		DecisionsAge: time.Hour, DecisionsSize: 8 << 20, TransitSize: 4 << 20, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { b.Close() })
	return b
}

// store publishes a decision message under the subject of a shard.
func store(t *testing.T, b *bus.Bus, id string, shard, shards int) {
	t.Helper()
	env := event.Envelope{Type: event.TypeDecisions, ID: id, Subject: event.Subject(event.TypeDecisions, shard, shards)}
	testbed.Eventually(t, "publish "+id, func() bool { return b.Publish(context.Background(), env, []byte(id)) == nil })
}

// One shard is the default, and needs nothing else than before.
func TestOneShardHasTheStreamsOfTheTypesAlone(t *testing.T) {
	b := startNATS(t).connect()
	publish(t, b, "a")
	for name, want := range map[string]string{
		bus.StreamWindows: event.TypeWindows, bus.StreamForecasts: event.TypeForecasts, bus.StreamDecisions: event.TypeDecisions,
	} {
		if got := limits(t, b, name).Subjects; !slices.Equal(got, []string{want}) {
			t.Errorf("%s has the subjects %q", name, got)
		}
	}
	if _, err := b.JetStream().KeyValue(context.Background(), bus.LeasesBucket); err == nil {
		t.Error("there is a bucket of leases")
	}
}

// An installation with one shard gets four. Its streams keep what the operator has set and get
// the missing subject, once.
func TestStreamsOfOneShardGetTheSubjectsOfShards(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	one := n.connectWithLimits(0, &logged{})
	publish(t, one, "old")
	edited := limits(t, one, bus.StreamDecisions)
	edited.MaxAge = 30 * 24 * time.Hour
	if _, err := one.JetStream().UpdateStream(ctx, edited); err != nil {
		t.Fatal(err)
	}
	b := n.connectWithShards(4, log)
	store(t, b, "new", 3, 4)
	if err := b.EnsureStreams(ctx); err != nil {
		t.Fatal(err)
	}
	got := limits(t, b, bus.StreamDecisions)
	if !slices.Equal(got.Subjects, []string{event.TypeDecisions, event.TypeDecisions + ".*"}) || got.MaxAge != edited.MaxAge {
		t.Errorf("the stream of decisions has %q for %v", got.Subjects, got.MaxAge)
	}
	if got := log.count("gets the subjects of shards"); got != 3 {
		t.Errorf("%d lines about three streams", got)
	}
	if _, err := one.ReplayAfter(ctx, event.TypeDecisions, 0, time.Hour, func([]byte) {}); err != nil {
		t.Errorf("a program with one shard: %v", err)
	}
}

// A stream of the operator may have all subjects of a type.
func TestAWiderSubjectIsLeftAlone(t *testing.T) {
	n, ctx := startNATS(t), context.Background()
	one := n.connect()
	publish(t, one, "old")
	edited := limits(t, one, bus.StreamWindows)
	edited.Subjects = []string{event.TypeWindows, event.TypeWindows + ".>"}
	if _, err := one.JetStream().UpdateStream(ctx, edited); err != nil {
		t.Fatal(err)
	}
	b := n.connectWithShards(2, &logged{})
	testbed.Eventually(t, "the streams are checked", func() bool { return b.EnsureStreams(ctx) == nil })
	if got := limits(t, b, bus.StreamWindows).Subjects; !slices.Equal(got, edited.Subjects) {
		t.Errorf("the subjects are %q", got)
	}
}

// Somebody else has the subjects of shards.
func TestAForeignStreamWithTheSubjectsOfShardsIsFound(t *testing.T) {
	n := startNATS(t)
	takeSubjects(t, n.connect(), "prewarm.windows.*")
	if err := failure(t, n.connectWithShards(2, &logged{})); !namesTheStream(err, "prewarm.windows.*") {
		t.Errorf("got %v", err)
	}
}

// The owner of a shard reads all decisions once, since its functions were in other shards when
// there was another number of them. Afterwards it reads those of its shard, and those of a
// scaler without shards.
func TestAShardReadsItsOwnMessages(t *testing.T) {
	b := startNATS(t).connectWithShards(4, &logged{})
	var seen uint64
	next := func() []string {
		t.Helper()
		var got log
		last, err := b.ReplayAfter(context.Background(), event.Subject(event.TypeDecisions, 1, 4), seen, time.Hour, got.add)
		if err != nil {
			t.Fatal(err)
		}
		seen = last
		return got.all()
	}
	store(t, b, "one shard", 0, 1)
	store(t, b, "mine", 1, 4)
	store(t, b, "other", 2, 4)
	if got := next(); !slices.Equal(got, []string{"one shard", "mine", "other"}) {
		t.Errorf("at first: %q", got)
	}
	store(t, b, "other again", 2, 4)
	if got := next(); len(got) != 0 {
		t.Errorf("of another shard: %q", got)
	}
	store(t, b, "one shard again", 0, 1)
	store(t, b, "other, later", 3, 4)
	store(t, b, "mine again", 1, 4)
	if got := next(); !slices.Equal(got, []string{"one shard again", "mine again"}) {
		t.Errorf("then: %q", got)
	}
}
