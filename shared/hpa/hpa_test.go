package hpa

import (
	"testing"
	"time"
)

// pods returns n ready pods that use a part of their request.
func pods(n int, usage float64) []Pod {
	all := make([]Pod, n)
	for i := range all {
		all[i] = Pod{Usage: usage, Ready: true}
	}
	return all
}

// TestExamplesOfTheDocumentation are those of "Algorithm details" and of the
// announcement of the configurable tolerance.
func TestExamplesOfTheDocumentation(t *testing.T) {
	tolerance := New(1, 100).Tolerance
	for _, c := range []struct {
		cause         string
		ready         int
		usage, target float64
		want          int
	}{
		{"200m of 100m doubles", 4, 2.0, 1.0, 8},
		{"50m of 100m halves", 4, 0.5, 1.0, 2},
		{"50 replicas at 90 % of 75 % become 60", 50, 0.90, 0.75, 60},
		{"a ratio within 10 % changes nothing", 50, 0.80, 0.75, 50},
		{"nor one below", 50, 0.70, 0.75, 50},
		{"what is not whole is rounded up", 3, 0.9, 0.7, 4},
	} {
		if got, err := Utilization(c.ready, pods(c.ready, c.usage), c.target, tolerance); err != nil || got != c.want {
			t.Errorf("%s: got %d, %v, want %d", c.cause, got, err, c.want)
		}
	}
}

// TestUnreadyAndMissingPods follows the source's tests of the calculator.
func TestUnreadyAndMissingPods(t *testing.T) {
	tolerance := New(1, 100).Tolerance
	unready := append(pods(2, 0.9), Pod{Usage: 9})
	if got, _ := Utilization(3, unready, 0.3, tolerance); got != 6 {
		t.Errorf("on the way up an unready pod counts as idle: got %d, want 6", got)
	}
	if got, _ := Utilization(3, append(pods(2, 0.5), Pod{}), 0.4, tolerance); got != 3 {
		t.Errorf("if counting unready pods as idle reverses the direction, nothing changes: got %d, want 3", got)
	}
	if got, _ := Utilization(3, append(pods(2, 0.2), Pod{Missing: true}), 0.5, tolerance); got != 3 {
		t.Errorf("on the way down a missing pod counts as full: got %d", got)
	}
	if _, err := Utilization(3, []Pod{{Missing: true}}, 0.5, tolerance); err != ErrNoMetrics {
		t.Errorf("got %v", err)
	}
}

func TestAnExternalMetricWithATargetForEachReplica(t *testing.T) {
	exact := Tolerance{Down: DefaultTolerance}
	for _, c := range []struct {
		replicas  int
		wanted    float64
		tolerance Tolerance
		want      int
	}{
		{1, 5, New(1, 9).Tolerance, 5},
		{5, 1, New(1, 9).Tolerance, 1},
		{4, 0, New(1, 9).Tolerance, 0},
		{20, 22, New(1, 9).Tolerance, 20}, // the default tolerance leaves out a step of 10 %
		{20, 22, exact, 22},
		{20, 21, exact, 21},
	} {
		if got := AverageValue(c.replicas, c.wanted, 1, c.tolerance); got != c.want {
			t.Errorf("%d replicas, %v wanted: got %d, want %d", c.replicas, c.wanted, got, c.want)
		}
	}
}

func fixed(n int) Metric { return func(int, Tolerance) (int, error) { return n, nil } }

func failing(int, Tolerance) (int, error) { return 0, ErrNoMetrics }

func TestTheLargestProposalCountsAndAFailureScalesNothingIn(t *testing.T) {
	now := time.Unix(0, 0)
	for _, c := range []struct {
		cause   string
		current int
		metrics []Metric
		want    int
	}{
		{"the largest of two", 2, []Metric{fixed(3), fixed(5)}, 5},
		{"a failure, and the other wants more", 2, []Metric{failing, fixed(4)}, 4},
		{"a failure, and the other wants less", 4, []Metric{failing, fixed(1)}, 4},
		{"all fail", 4, []Metric{failing, failing}, 4},
		{"at zero nothing is scaled", 0, []Metric{fixed(4)}, 0},
		{"above the maximum", 20, []Metric{failing}, 10},
		{"the first step up: double, or four more", 1, []Metric{fixed(9)}, 5},
	} {
		if got := New(1, 10).Sync(now, c.current, c.metrics...); got != c.want {
			t.Errorf("%s: got %d, want %d", c.cause, got, c.want)
		}
	}
}

// TestScaleInWaitsForTheStabilisationWindow: the largest recommendation of the
// last 300 s counts.
func TestScaleInWaitsForTheStabilisationWindow(t *testing.T) {
	c, now, n := New(1, 10), time.Unix(0, 0), 6
	n = c.Sync(now, n, fixed(6))
	for n == 6 && now.Sub(time.Unix(0, 0)) < time.Hour {
		now = now.Add(SyncPeriod)
		n = c.Sync(now, n, fixed(2))
	}
	if waited := now.Sub(time.Unix(0, 0)); n != 2 || waited != 300*time.Second {
		t.Errorf("went to %d after %v", n, waited)
	}
}

// TestPoliciesOfTheDocumentation is its example "scaleDown with Pods 4 and
// Percent 10, each 60 s": from 80 replicas to 10.
func TestPoliciesOfTheDocumentation(t *testing.T) {
	c, now, n := New(1, 100), time.Unix(0, 0), 80
	c.Down = Rules{Policies: []Policy{{Pods: 4, Period: time.Minute}, {Percent: 10, Period: time.Minute}}}
	var path []int
	for n > 10 {
		n = c.Sync(now, n, fixed(10))
		path = append(path, n)
		now = now.Add(time.Minute)
	}
	if path[0] != 72 || path[1] != 64 {
		t.Errorf("the first steps remove 8 each, got %v", path)
	}
	for i := 1; i < len(path)-1; i++ {
		if path[i-1] < 40 && path[i-1]-path[i] != 4 {
			t.Errorf("below 40 replicas each step removes 4, got %v", path)
		}
	}
}
