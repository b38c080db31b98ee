package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// pause sets the switch.
func pause(t *testing.T, b *bus.Bus, paused bool) {
	t.Helper()
	if err := b.SetPaused(context.Background(), event.Pause{Paused: paused, By: "token", Time: time.Unix(1_800_000_000, 0)}); err != nil {
		t.Fatal(err)
	}
}

// expectPause reads the switch. note is a part of its note, "" for none.
func expectPause(t *testing.T, story string, b *bus.Bus, want bool, note string) {
	t.Helper()
	got, err := b.Paused(context.Background())
	if err != nil || got.Paused != want || !strings.Contains(got.Note, note) || (note == "") != (got.Note == "") {
		t.Errorf("%s: got %+v, %v, want %v with note %q", story, got, err, want, note)
	}
}

// control returns the bucket as somebody with access to NATS sees it.
func control(t *testing.T, b *bus.Bus) jetstream.KeyValue {
	t.Helper()
	kv, err := b.JetStream().KeyValue(context.Background(), bus.ControlBucket)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func TestThePauseSwitchIsSetForEveryReader(t *testing.T) {
	n := startNATS(t)
	dashboard, scaler := n.connectWithKey(&logged{}), n.connectWithKey(&logged{})
	expectPause(t, "it was never set", scaler, false, "")
	if _, err := scaler.JetStream().KeyValue(context.Background(), bus.ControlBucket); !errors.Is(err, jetstream.ErrBucketNotFound) {
		t.Errorf("a reader has made the bucket: %v", err)
	}
	for _, want := range []bool{true, false, true} {
		pause(t, dashboard, want)
		expectPause(t, "the scaler", scaler, want, "")
		expectPause(t, "the dashboard", dashboard, want, "")
	}
	if err := dashboard.SetPaused(context.Background(), event.Pause{By: "nobody"}); !errors.Is(err, event.ErrPayload) {
		t.Errorf("without a time: got %v", err)
	}
}

// Whoever reaches NATS can stop prewarm, but not set it going.
func TestASwitchThatTheKeysDidNotSignIsPaused(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	b := n.connectWithKey(log)
	pause(t, b, false)
	sealed := func(keys event.Keys, typ string, p event.Payload) []byte {
		_, body, err := event.Seal(keys, typ, 0, event.PauseKey, p)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	off, one := &event.Pause{By: "token", Time: time.Unix(1_800_000_000, 0)}, mode("a.ns", "active")
	for story, value := range map[string][]byte{
		"true": []byte("true"), "false": []byte("false"), "empty": nil, "not JSON": []byte("{"),
		"signed with another key": sealed(event.NewKeys("", []byte("another-key-of-16-bytes")), event.TypePause, off),
		"of another cluster":      sealed(event.NewKeys("us", []byte("0123456789abcdef")), event.TypePause, off),
		"of another type":         sealed(signingKeys, event.TypeMode, off),
		"a mode":                  sealed(signingKeys, event.TypeMode, &one),
	} {
		if _, err := control(t, b).Put(ctx, event.PauseKey, value); err != nil {
			t.Fatal(err)
		}
		expectPause(t, story, b, true, "cannot be trusted")
		expectPause(t, story+", after a restart", n.connectWithKey(&logged{}), true, "cannot be trusted")
	}
	if got := log.count("cannot be trusted"); got != 8 {
		t.Errorf("%d lines for 8 values", got)
	}
	pause(t, b, false)
	expectPause(t, "set again", b, false, "")
	if err := control(t, b).Delete(ctx, event.PauseKey); err != nil {
		t.Fatal(err)
	}
	expectPause(t, "deleted", b, true, "cannot be trusted")
	if _, err := control(t, b).PutString(ctx, "something", "else"); err != nil {
		t.Fatal(err)
	}
	pause(t, b, false)
	expectPause(t, "another key of the bucket", b, false, "")
}

func TestAPauseOutlastsItsBucket(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	b := n.connectWithKey(log)
	pause(t, b, true)
	expectPause(t, "set", b, true, "")
	if err := b.JetStream().DeleteKeyValue(ctx, bus.ControlBucket); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		expectPause(t, "lost", b, true, "NATS has lost the switch")
	}
	if got := log.count("has vanished"); got != 1 {
		t.Errorf("%d lines for one loss", got)
	}
	other := n.connectWithKey(&logged{})
	pause(t, other, true)
	expectPause(t, "set again by another", b, true, "")
	if err := b.JetStream().DeleteKeyValue(ctx, bus.ControlBucket); err != nil {
		t.Fatal(err)
	}
	pause(t, other, false)
	expectPause(t, "ended in a new bucket", b, false, "")
}

// A message that was removed from the stream of the bucket leaves no mark, unlike a value that
// was deleted in the bucket: nobody has said that scaling may go on.
func TestAPauseOutlastsAnEmptiedBucket(t *testing.T) {
	n, ctx, log := startNATS(t), context.Background(), &logged{}
	b := n.connectWithKey(log)
	pause(t, b, true)
	expectPause(t, "set", b, true, "")
	stream, err := b.JetStream().Stream(ctx, "KV_"+bus.ControlBucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		expectPause(t, "emptied", b, true, "NATS has lost the switch")
	}
	if got := log.count("was emptied"); got != 1 {
		t.Errorf("%d lines for one loss", got)
	}
	pause(t, b, false)
	expectPause(t, "ended", b, false, "")
}

func TestAPauseOutlastsARestartOfNATS(t *testing.T) {
	n := startNATS(t)
	b := n.connectWithKey(&logged{})
	pause(t, b, true)
	n.stop()
	if _, err := b.Paused(context.Background()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("an unreadable switch must be an error: got %v", err)
	}
	n.start()
	expectPause(t, "after the restart", n.connectWithKey(&logged{}), true, "")
}

// A program without keys, such as a predictor for single windows, trusts nothing.
func TestWithoutAKeyNoSwitchIsTrusted(t *testing.T) {
	n := startNATS(t)
	pause(t, n.connectWithKey(&logged{}), false)
	expectPause(t, "without a key", n.connectWithKeys(event.Keys{}, &logged{}), true, "there is no key")
}
