package openloop

import (
	"slices"
	"sync"
	"time"
)

// callResults collects the results of calls by function. Its methods may be called
// concurrently, except total.
type callResults struct {
	mu        sync.Mutex
	functions []counts
}

// counts are the results of the calls of one function, or of all.
// fromDue and fromSend keep 16 bytes for each call, so that percentiles are exact.
type counts struct {
	calls, errors, dropped int64
	warm, cold             int64
	coldWait               float64          // seconds
	status                 map[string]int64 // calls by status
	fromDue                samples
	fromSend               samples
}

// samples are latencies by startKind, in the order in which the calls ended.
type samples [cold + 1][]time.Duration

// newCallResults returns empty results for a number of functions.
func newCallResults(functions int) *callResults {
	r := &callResults{functions: make([]counts, functions)}
	for f := range r.functions {
		r.functions[f].status = map[string]int64{}
	}
	return r
}

// drop counts a call that was not sent.
func (r *callResults) drop(function int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.functions[function].dropped++
}

// add counts a call that was sent.
func (r *callResults) add(function int, res callResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.functions[function]
	t.calls++
	t.status[res.status]++
	if res.failed {
		t.errors++
	}
	switch res.start {
	case warm:
		t.warm++
	case cold:
		t.cold++
		t.coldWait += res.wait
	}
	// Every latency is kept: percentiles are exact, and a replay has few enough calls.
	t.fromDue[res.start] = append(t.fromDue[res.start], res.fromDue)
	t.fromSend[res.start] = append(t.fromSend[res.start], res.fromSend)
}

// total returns the sum over all functions. It is called when no call is in progress.
func (r *callResults) total() counts {
	sum := counts{status: map[string]int64{}}
	for _, t := range r.functions {
		sum.calls += t.calls
		sum.errors += t.errors
		sum.dropped += t.dropped
		sum.warm += t.warm
		sum.cold += t.cold
		sum.coldWait += t.coldWait
		for status, n := range t.status {
			sum.status[status] += n
		}
		for i := range sum.fromDue {
			sum.fromDue[i] = append(sum.fromDue[i], t.fromDue[i]...)
			sum.fromSend[i] = append(sum.fromSend[i], t.fromSend[i]...)
		}
	}
	return sum
}

// latencies describes all samples, the warm ones and the cold ones.
func (s samples) latencies() Latencies {
	return Latencies{
		All:  summarise(slices.Concat(s[:]...)),
		Warm: summarise(slices.Clone(s[warm])),
		Cold: summarise(slices.Clone(s[cold])),
	}
}

// summarise sorts x and describes it. It returns nil if x is empty.
func summarise(x []time.Duration) *Latency {
	if len(x) == 0 {
		return nil
	}
	slices.Sort(x)
	sum := 0.0
	for _, v := range x {
		sum += v.Seconds()
	}
	return &Latency{
		Calls: int64(len(x)), Mean: sum / float64(len(x)),
		P50: nearestRank(x, 50), P95: nearestRank(x, 95), P99: nearestRank(x, 99),
		Max: x[len(x)-1].Seconds(),
	}
}

// nearestRank returns a percentile of sorted x in seconds: the smallest value such that
// at least percent of all values do not exceed it.
// The rank is ceil(n·percent/100), counted from 1, in whole numbers without rounding errors.
func nearestRank(x []time.Duration, percent int) float64 {
	rank := (len(x)*percent + 99) / 100
	return x[max(0, rank-1)].Seconds()
}
