package waits

import (
	"strings"
	"testing"

	"prewarm/deploy/replay/scrape"
)

// FuzzWaits also fuzzes the parser of the text format.
func FuzzWaits(f *testing.F) {
	f.Add("# TYPE prewarm_local_queue_wait_seconds histogram\nprewarm_local_queue_wait_seconds_bucket{function_name=\"a.ns\",le=\"1\"} 2\nprewarm_local_queue_wait_seconds_sum{function_name=\"a.ns\"} 1.5\nprewarm_local_queue_wait_seconds_count{function_name=\"a.ns\"} 2\n")
	f.Add("# TYPE prewarm_local_queue_wait_seconds gauge\nprewarm_local_queue_wait_seconds 2\n")
	f.Add("x{")
	f.Fuzz(func(t *testing.T, text string) {
		families, err := scrape.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		w, err := waitsIn(families, []string{"a"})
		if err == nil && !(w.Mean() >= 0) {
			t.Errorf("mean of %+v is %v", w, w.Mean())
		}
	})
}
