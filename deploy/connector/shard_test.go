package connector

import (
	"testing"
	"time"

	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// newShardedWorld returns a world with streams that have the subjects of shards.
func newShardedWorld(t *testing.T, shards int) *world {
	t.Helper()
	w := newWorld(t)
	w.config.Shards, w.config.Keys = shards, testKeys
	for _, typ := range []string{event.TypeWindows, event.TypeForecasts} {
		stream, err := w.js.Stream(w.deadline(), bus.StreamOf(typ))
		if err != nil {
			t.Fatal(err)
		}
		cfg := stream.CachedInfo().Config
		cfg.Subjects = []string{typ, typ + ".*"}
		if _, err := w.js.UpdateStream(w.deadline(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	w.gateway.deploy("scaler", event.TypeForecasts)
	return w
}

// A function keeps its one topic, and gets the messages of all shards and those of before,
// each with a proof for its own subject.
func TestAFunctionGetsTheMessagesOfAllShards(t *testing.T) {
	w := newShardedWorld(t, 3)
	w.start()
	want := map[string]string{"prewarm.forecasts": "old", "prewarm.forecasts.0": "a", "prewarm.forecasts.1": "b", "prewarm.forecasts.2": "c"}
	for subject, body := range want {
		w.publish(subject, "", body)
	}
	calls := w.gateway.await("scaler", len(want))
	for _, c := range calls {
		subject := c.header.Get("X-Topic")
		if want[subject] != c.body {
			t.Errorf("got %q with the topic %q", c.body, subject)
		}
		if _, err := event.CheckDelivery(testKeys, subject, c.header.Get(event.DeliveryHeader), time.Now()); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
		if _, err := event.CheckDelivery(testKeys, "prewarm.forecasts.7", c.header.Get(event.DeliveryHeader), time.Now()); err == nil {
			t.Errorf("the proof of %s is accepted for another shard", subject)
		}
		delete(want, subject)
	}
}

// The message of one shard hangs. Those of the others arrive.
func TestAShardDelaysNoOther(t *testing.T) {
	w := newShardedWorld(t, 2)
	release := w.gateway.block("scaler")
	defer release()
	w.start()
	w.publish("prewarm.forecasts.0", "", "hangs")
	w.gateway.await("scaler", 1)
	w.publish("prewarm.forecasts.0", "", "waits behind it")
	w.publish("prewarm.forecasts.1", "", "passes")
	calls := w.gateway.await("scaler", 2)
	if calls[1].body != "passes" {
		t.Errorf("the second call is %q", calls[1].body)
	}
}

// Topics that are not of the chain have no shards.
func TestATopicOfTheOperatorHasNoShards(t *testing.T) {
	c := Config{Shards: 4}
	if got := c.subjects("orders"); len(got) != 1 || got[0] != "orders" {
		t.Errorf("got %q", got)
	}
	if got := c.subjects("prewarm.forecasts.2"); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}
