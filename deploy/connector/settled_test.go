package connector

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

func TestSettledCacheEvictsTheOldest(t *testing.T) {
	c := newSettledCache()
	id := func(n int) messageID { return messageID{stream: "S", sequence: uint64(n)} }
	for n := range settledLimit + 10 {
		c.set(id(n), delivered)
	}
	if len(c.results) != settledLimit || len(c.order) != settledLimit {
		t.Errorf("holds %d and %d messages", len(c.results), len(c.order))
	}
	if c.get(id(9)) != "" || c.get(id(10)) != delivered {
		t.Error("the evicted messages must be the oldest")
	}
	c.remove(id(10))
	if c.get(id(10)) != "" {
		t.Error("a removed message is still there")
	}
}

func TestSettledCacheDistinguishesAStreamThatWasCreatedAgain(t *testing.T) {
	c := newSettledCache()
	old := messageID{stream: "S", sequence: 1, stored: time.Unix(1, 0)}
	c.set(old, delivered)
	anew := old
	anew.stored = time.Unix(2, 0)
	if c.get(anew) != "" {
		t.Error("a message of the new stream was mistaken for one of the old stream")
	}
}

// unconfirmed is a message whose acknowledgements get lost.
type unconfirmed struct {
	jetstream.Msg
	acknowledged, terminated int
}

func (*unconfirmed) Subject() string                   { return "prewarm.forecasts" }
func (*unconfirmed) Data() []byte                      { return nil }
func (*unconfirmed) Headers() nats.Header              { return nil }
func (*unconfirmed) InProgress() error                 { return nil }
func (m *unconfirmed) DoubleAck(context.Context) error { m.acknowledged++; return errors.New("lost") }
func (m *unconfirmed) TermWithReason(string) error     { m.terminated++; return nil }
func (*unconfirmed) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{NumDelivered: 1}, nil
}

func TestAMessageThatIsRedeliveredUnconfirmedIsNotCalledAgain(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusConflict} {
		calls := 0
		function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.WriteHeader(status)
		}))
		defer function.Close()
		d := &delivery{
			subscriber: subscriber{"prewarm.forecasts", "scaler.openfaas-fn"},
			config:     Config{AckWait: time.Millisecond, BackoffMin: time.Millisecond, MaxDeliver: 1},
			log:        slog.New(slog.DiscardHandler),
			metrics:    newMetrics(prometheus.NewRegistry()),
			settled:    newSettledCache(),
			caller:     newCaller(Config{Gateway: GatewayConfig{URL: function.URL}, UpstreamTimeout: time.Minute}, http.DefaultTransport),
		}
		var msg unconfirmed
		d.deliver(t.Context(), &msg)
		before := msg.acknowledged + msg.terminated
		d.deliver(t.Context(), &msg)
		if calls != 1 || before == 0 || msg.acknowledged+msg.terminated == before {
			t.Errorf("answer %d: want one call and two acknowledgements, got %d calls and %+v", status, calls, msg)
		}
	}
}
