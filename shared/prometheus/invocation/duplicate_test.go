package invocation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	prom "prewarm/shared/prometheus"
	"prewarm/shared/prometheus/invocation"
)

// jobs returns a store with one scrape job per start time, each 7 s after the other:
// jobs of one gateway, or of gateways that have the same address in different networks.
// Each scrape has two calls more than the one before.
func jobs(began ...int64) *store {
	st := &store{}
	for at := int64(8); at < 120; at += 15 {
		for i, began := range began {
			t, calls := epoch+(at+7*int64(i))*second, 100+2*float64(at/15)
			labels := map[string]string{"job": fmt.Sprintf("job-%d", i), "instance": "10.0.0.7:8082"}
			if began != unknown {
				st.add(invocation.Process, t, epoch/second+float64(began), labels)
			}
			labels["function_name"] = "f"
			st.add(invocation.Deployed, t, 1, labels)
			st.add(invocation.Started, t, calls, labels)
		}
	}
	return st
}

// The annotations of the Helm chart and a monitor of the operator make two jobs of one
// gateway. Two processes are two gateways. Targets of one instance without a start time are
// one gateway unless their counters differ.
func TestAGatewayOfTwoJobsCountsOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		store *store
		calls float64
	}{
		{"one job", jobs(-5000), 2}, {"two jobs of one process", jobs(-5000, -5000), 2},
		{"two processes at one address", jobs(-5000, -7000), 4}, {"no start times", jobs(unknown, unknown), 2},
	} {
		for _, chunk := range []int{1, 2, 8} {
			// The first step after the first scrape has a part of the next one as well, which
			// the last one lacks.
			got := calls(t, c.store, 8, chunk)
			if total(got) != 7*c.calls || !slices.Equal(got[2:7], slices.Repeat([]float64{c.calls}, 5)) {
				t.Errorf("%s, in chunks of %d: got %v", c.name, chunk, got)
			}
		}
	}
}

// Each chunk has one scrape of either job. In the first chunk the second job could be a
// new name of the gateway; from the second chunk on it is known to be a duplicate.
func TestADuplicateTargetStaysKnown(t *testing.T) {
	st := jobs(-5000, -5000)
	var state invocation.State
	for i := range int64(7) {
		g := prom.Grid{Start: epoch + i*step, Step: step, Len: 1}
		c := state.Begin(g, g.End(), nil)
		if err := c.Read(t.Context(), st, g.End()); err != nil {
			t.Fatal(err)
		}
		state = c.Settle(time.Hour)
		if i > 0 && state.Targets() != 1 {
			t.Errorf("chunk %d: %d targets count", i, state.Targets())
		}
	}
}

// One job is removed after both have scraped for a while. The other goes on with its own
// counter, and nothing is counted twice.
func TestTheOtherJobGoesOnAlone(t *testing.T) {
	for _, gone := range []string{"job-0", "job-1"} {
		st := jobs(-5000, -5000)
		for i := range st.series {
			if s := &st.series[i]; s.Labels["job"] == gone {
				s.Samples = s.Samples[:4]
			}
		}
		for _, chunk := range []int{1, 2} {
			got := calls(t, st, 8, chunk)
			if got[2] != 2 || slices.Max(got) > 3 || total(got) > 14 || total(got) < 12 {
				t.Errorf("without %s, in chunks of %d: got %v", gone, chunk, got)
			}
		}
	}
}
