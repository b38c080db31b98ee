package autoscaler_test

import (
	"math"
	"testing"
	"time"

	"prewarm/shared/autoscaler"
)

// docs.openfaas.com, "Auto-scaling your functions", section "How auto-scaling works": sleep
// with a target of 5 calls in flight, and the example of a limit of 100 with a proportion
// of 0.7. Section "Scaling modes": nodeinfo with 50 calls per second and 0.90, 5 callers with
// 20 calls per second each; queue depth of 30 with at most 10 replicas.
func TestTheExamplesOfTheDocumentation(t *testing.T) {
	for _, c := range []struct {
		why                string
		target, proportion float64
		most               int
		load               float64
		want               int
	}{
		{"15 in flight on one replica", 5, 1, 20, 15, 3},
		{"25 in flight on three", 5, 1, 20, 25, 5},
		{"no load: 0 is brought up to the minimum", 5, 1, 20, 0, 1},
		{"90 in flight, at 70 % of 100", 100, 0.7, 20, 90, 2},
		{"100 calls per second, at 90 % of 50", 50, 0.9, 10, 100, 3},
		{"exactly 90 % of 50", 50, 0.9, 10, 45, 1},
		{"30 queued calls, 1 for each of at most 10 replicas", 1, 1, 10, 30, 10},
		{"a latency of 0.12 s with a target of 0.06 s", 0.06, 0.9, 20, 0.12, 3},
		{"a load beyond all numbers", 1, 1, 20, math.MaxFloat64, 20},
	} {
		r := autoscaler.DefaultRule()
		r.Target, r.Proportion, r.Max = c.target, c.proportion, c.most
		if got := r.Recommend(c.load); got != c.want {
			t.Errorf("%s: %d replicas, want %d", c.why, got, c.want)
		}
	}
}

// The table at the top of the page.
func TestTheDefaultsOfTheDocumentation(t *testing.T) {
	want := autoscaler.Rule{Min: 1, Max: 20, Target: 50, Proportion: 0.90}
	if got := autoscaler.DefaultRule(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Section "Scaling modes", Static: min = max. Section "Scaling to Zero": not by the load.
func TestStaticFunctionsAndThoseAtZeroAreLeftAlone(t *testing.T) {
	var w autoscaler.Window
	static := autoscaler.DefaultRule()
	static.Min, static.Max = 2, 2
	if got := w.Decide(time.Time{}, static, 7, 500); got != 7 {
		t.Errorf("static: %d replicas", got)
	}
	if got := w.Decide(time.Time{}, autoscaler.DefaultRule(), 0, 500); got != 0 {
		t.Errorf("at zero: %d replicas", got)
	}
}

// Section "Smoothing out scaling down with a stable window": 10 replicas, recommendations 8,
// 8, 7, 6, 5, 4, 5, 5, and a load for 2.
func TestTheStableWindowOfTheDocumentation(t *testing.T) {
	var w autoscaler.Window
	r := autoscaler.Rule{Min: 1, Max: 20, Target: 1, Proportion: 1, DownWindow: 5 * time.Minute}
	begin := time.Unix(0, 0)
	for i, load := range []float64{8, 8, 7, 6, 5, 4, 5, 5} {
		w.Decide(begin.Add(time.Duration(i)*10*time.Second), r, 10, load)
	}
	if got := w.Decide(begin.Add(80*time.Second), r, 10, 2); got != 8 {
		t.Errorf("scaled to %d, want 8", got)
	}
	// The eights were seen at 0 s and 10 s: they leave the window one after the other.
	if got := w.Decide(begin.Add(5*time.Minute+10*time.Second), r, 10, 2); got != 8 {
		t.Errorf("with one eight left: %d, want 8", got)
	}
	if got := w.Decide(begin.Add(5*time.Minute+11*time.Second), r, 10, 2); got != 7 {
		t.Errorf("after the eights: %d, want 7", got)
	}
}
