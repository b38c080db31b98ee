package waits

import (
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add("# TYPE prewarm_local_queue_wait_seconds histogram\nprewarm_local_queue_wait_seconds_bucket{function_name=\"a.ns\",le=\"1\"} 2\nprewarm_local_queue_wait_seconds_sum{function_name=\"a.ns\"} 1.5\nprewarm_local_queue_wait_seconds_count{function_name=\"a.ns\"} 2\n")
	f.Add("# TYPE prewarm_local_queue_wait_seconds gauge\nprewarm_local_queue_wait_seconds 2\n")
	f.Add("x{")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := parse(strings.NewReader(text), []string{"a"})
		if err == nil && !(w.Mean() >= 0) {
			t.Errorf("mean of %+v is %v", w, w.Mean())
		}
	})
}
