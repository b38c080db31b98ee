package seconds

import (
	"slices"
	"testing"

	"prewarm/shared/trace"
)

// BenchmarkMinute replays a minute of one function on one processor, by its calls and by
// how much each of them takes.
func BenchmarkMinute(b *testing.B) {
	quantiles := []trace.Quantile{{P: 0, Seconds: 0.01}, {P: 0.25, Seconds: 0.05}, {P: 0.5, Seconds: 0.1}, {P: 0.75, Seconds: 0.2}, {P: 1, Seconds: 3}}
	for _, c := range []struct {
		name  string
		count int32
		warm  int64
	}{
		{"600 calls, 3 replicas", 600, 3},
		{"6,000 calls, 40 replicas", 6000, 40},
		{"6,000 calls, none warm", 6000, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := trace.Function{Name: "shop", Duration: 0.2, DurationQuantiles: quantiles, Counts: slices.Repeat([]int32{c.count}, 1440)}
			w := New(&trace.Trace{Minutes: 1440, Functions: []trace.Function{f}}, 1, 1, MeasuredStarts())
			r := w.Replay()
			for i := 0; b.Loop(); i++ {
				if i%1440 == 0 {
					r = w.Replay()
				}
				r.minute(&r.workers[0], 0, i%1440, c.warm)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.count), "ns/call")
		})
	}
}
