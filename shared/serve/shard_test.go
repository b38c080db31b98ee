package serve_test

import (
	"net/http"
	"testing"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/serve"
)

// A connector delivers the messages of a shard with a proof for its subject. The proof of
// another type of messages is none, whatever the header says.
func TestADeliveryOfAShardIsProven(t *testing.T) {
	keys, now := event.NewKeys("", []byte("a key of sixteen bytes")), time.Now()
	proof := serve.Deliveries(keys, event.TypeForecasts, func() time.Time { return now })
	for _, c := range []struct {
		proven, topic string
		accepted      bool
	}{
		{"prewarm.forecasts", "prewarm.forecasts", true},
		{"prewarm.forecasts", "", true},
		{"prewarm.forecasts.3", "prewarm.forecasts.3", true},
		{"prewarm.forecasts.3", "prewarm.forecasts.4", false},
		{"prewarm.forecasts.3", "", false},
		{"prewarm.windows.3", "prewarm.windows.3", false},
		{"prewarm.windows", "prewarm.windows", false},
	} {
		h := http.Header{}
		h.Set(serve.TopicHeader, c.topic)
		h.Set(event.DeliveryHeader, event.ProveDelivery(keys, c.proven, nil, now))
		if got, err := proof(h); (got != nil && err == nil) != c.accepted {
			t.Errorf("a proof for %q with the topic %q: got %v, %v", c.proven, c.topic, got, err)
		}
	}
}
