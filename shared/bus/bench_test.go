package bus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/testbed"
)

// BenchmarkPublish measures the windows of a step of 10,000 functions, 100 messages of 40 kB,
// one after the other: each waits for the acknowledgement of the one before it, so that a
// failure leaves nothing behind it.
func BenchmarkPublish(b *testing.B) {
	const messages = 100
	bus := startNATS(b).connect()
	testbed.Eventually(b, "NATS answers", func() bool { return bus.EnsureStreams(context.Background()) == nil })
	payload := json.RawMessage(`"` + strings.Repeat("0.1234,-17,", 3600) + `"`)
	id := 0
	b.ResetTimer()
	began := testbed.CPU()
	for range b.N {
		for range messages {
			id++
			env := event.Envelope{Type: event.TypeWindows, ID: fmt.Sprint(id), Payload: payload}
			if err := bus.Publish(context.Background(), env, payload); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((testbed.CPU()-began).Microseconds())/float64(b.N*messages), "cpu-µs/message")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*messages), "µs/message")
}
