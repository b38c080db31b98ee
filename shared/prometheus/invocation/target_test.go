package invocation

import (
	"slices"
	"testing"

	prom "prewarm/shared/prometheus"
)

func TestImpossibleStartTimesAreUnknown(t *testing.T) {
	const now = 1_800_000_000_000
	for _, x := range []struct {
		seconds float64
		want    int64
	}{{1_799_999_999.99, now - 10}, {now / 1000, now}, {now/1000 + 1, 0}, {0, 0}, {-1, 0}, {1e300, 0}} {
		got := startTimes([]prom.Sample{{T: now, V: x.seconds}})
		if !slices.Equal(got, []scrape{{at: now, started: x.want}}) {
			t.Errorf("%g: got %+v", x.seconds, got)
		}
	}
}
