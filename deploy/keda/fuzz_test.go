package keda

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

// payload is JSON that is signed as it is.
type payload string

func (p payload) Validate() error              { return nil }
func (p payload) MarshalJSON() ([]byte, error) { return []byte(p), nil }

// FuzzReceive receives signed decisions of any content: KEDA gets a number of replicas or an
// error, and the metrics can be scraped.
func FuzzReceive(f *testing.F) {
	f.Add(`{"decisions":[{"function":"hello.openfaas-fn","step":1799999940,"time":"2027-01-15T08:00:00Z","mode":"active","actuator":"keda","current":1,"wanted":2}]}`)
	f.Add(`{"decisions":[{"function":"hello.openfaas-fn","time":"2027-01-15T08:00:00+23:59","mode":"active","actuator":"keda","wanted":-1}]}`)
	f.Add(`{"decisions":[{"function":"a.b","time":"2027-01-15T08:00:00Z","mode":"\ud800","actuator":"x"},{"function":"a.b"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, body, err := event.Seal(keys, event.TypeDecisions, 1_799_999_940, "0", payload(text))
		if err != nil {
			return // no JSON
		}
		registry := prometheus.NewRegistry()
		s := New(Config{Keys: keys, MaxAge: 5 * time.Minute, Poll: time.Second}, nil, nil, func() time.Time { return newClock().now }, slog.New(slog.DiscardHandler), registry)
		s.receive(body)
		s.cache.Observe(shown(1))
		for _, d := range s.cache.Current() {
			wanted, err := s.cache.Wanted(d.Function)
			active, activeErr := s.cache.Active(d.Function)
			if err == nil && (wanted < 0 || activeErr == nil && !active && wanted > 0) {
				t.Errorf("%q: %d replicas, active %t", text, wanted, active)
			}
		}
		if _, err := registry.Gather(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
