package openloop

import (
	"testing"
	"time"
)

// Nearest rank on 1..100 ms: percentile p is p ms.
func TestPercentilesAreNearestRank(t *testing.T) {
	var x []time.Duration
	for i := 100; i >= 1; i-- {
		x = append(x, time.Duration(i)*time.Millisecond)
	}
	got := summarise(x)
	want := Latency{Calls: 100, Mean: 0.0505, P50: 0.050, P95: 0.095, P99: 0.099, Max: 0.1}
	got.Mean = float64(int(got.Mean*1e6+0.5)) / 1e6
	if *got != want {
		t.Errorf("figures are %+v; want %+v", *got, want)
	}
	if one := summarise(x[:1]); one.P50 != 0.001 || one.P99 != 0.001 {
		t.Errorf("figures of one are %+v", *one)
	}
	if summarise(nil) != nil {
		t.Error("figures of no calls")
	}
}
