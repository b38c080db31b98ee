package bus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// Two clusters have the same key by mistake, and somebody copies what one has stored into
// the store of the other.
func TestWhatAnotherClusterHasStoredIsRefused(t *testing.T) {
	ctx, key := context.Background(), []byte("the key of two clusters")
	eu, us := event.NewKeys("eu", key), event.NewKeys("us", key)
	from, to := startNATS(t).connectWithKeys(eu, &logged{}), startNATS(t).connectWithKeys(us, &logged{})
	decisions := &event.Decisions{Decisions: []event.Decision{{Function: "a.ns", Wanted: 1, Applied: -1, Observed: -1}}}
	env, body, err := event.Seal(eu, event.TypeDecisions, 780, "0", decisions)
	if err := errors.Join(err, from.Publish(ctx, env, body), from.SetMode(ctx, mode("a.ns", "active"))); err != nil {
		t.Fatal(err)
	}
	if err := from.Replay(ctx, event.TypeDecisions, time.Hour, func(body []byte) {
		if err := to.Publish(ctx, env, body); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	copyModes(t, from, to)
	read := 0
	if err := to.Replay(ctx, event.TypeDecisions, time.Hour, func(body []byte) {
		read++
		if _, err := event.Open(us, event.TypeDecisions, body, &event.Decisions{}); !errors.Is(err, event.ErrAudience) {
			t.Errorf("got %v", err)
		}
	}); err != nil || read != 1 {
		t.Errorf("read %d messages: %v", read, err)
	}
	modes, err := to.Modes(ctx)
	if err != nil || modes["a.ns"].Mode != "observe" || modes["a.ns"].By == "token" {
		t.Errorf("got %+v, %v: what cannot be trusted means observe", modes, err)
	}
}

// copyModes puts the values of one bucket of modes into that of another server.
func copyModes(t *testing.T, from, to *bus.Bus) {
	t.Helper()
	ctx := context.Background()
	if err := to.SetMode(ctx, mode("b.ns", "off")); err != nil { // so that there is a bucket
		t.Fatal(err)
	}
	source, err := from.JetStream().KeyValue(ctx, bus.ModesBucket)
	if err != nil {
		t.Fatal(err)
	}
	target, err := to.JetStream().KeyValue(ctx, bus.ModesBucket)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := source.Get(ctx, "a.ns")
	if err == nil {
		_, err = target.Put(ctx, "a.ns", entry.Value())
	}
	if err != nil {
		t.Fatal(err)
	}
}
