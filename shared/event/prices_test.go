package event_test

import (
	"testing"

	"prewarm/shared/event"
)

func TestPricesSayWhatTheyRestOn(t *testing.T) {
	for _, c := range []struct {
		prices   event.Prices
		start    float64
		measured bool
		want     string
	}{
		{event.Prices{Idle: 7.5, Cold: 199.38, MemoryBytes: 128 << 20, MemoryFrom: event.MemoryOwn}, 2, true,
			"an idle step costs 7.5 GB·s (128 MiB), a cold start 199 GB·s (2.0 s)"},
		{event.Prices{Idle: 9.9609375, Cold: 4984.5, MemoryBytes: 170 << 20, MemoryFrom: event.MemoryAssumed}, 50, false,
			"an idle step costs 9.96 GB·s (170 MiB, assumed), a cold start 4984 GB·s (50.0 s, assumed)"},
		{event.Prices{Idle: 480, Cold: 0, MemoryBytes: 8 << 30, MemoryFrom: event.MemoryMedian}, 0, true,
			"an idle step costs 480 GB·s (8192 MiB, the median of all functions), a cold start 0 GB·s (0.0 s)"},
	} {
		if got := c.prices.Text(c.start, c.measured); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
