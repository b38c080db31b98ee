package openloop

import (
	"slices"
	"sync"
	"time"
)

// record collects outcomes by function while calls are under way.
type record struct {
	mu        sync.Mutex
	functions []tally
}

// tally is what was seen of one function, or of all.
type tally struct {
	calls, errors, dropped int64
	warm, cold             int64
	coldWait               float64          // seconds
	status                 map[string]int64 // calls by status
	fromDue                samples
	fromSend               samples
}

// samples are latencies by temperature, in order of arrival.
type samples [cold + 1][]time.Duration

func newRecord(functions int) *record {
	r := &record{functions: make([]tally, functions)}
	for f := range r.functions {
		r.functions[f].status = map[string]int64{}
	}
	return r
}

// drop counts a call that was not sent.
func (r *record) drop(function int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.functions[function].dropped++
}

// add counts a call that was sent.
func (r *record) add(function int, o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.functions[function]
	t.calls++
	t.status[o.status]++
	if o.failed {
		t.errors++
	}
	switch o.temperature {
	case warm:
		t.warm++
	case cold:
		t.cold++
		t.coldWait += o.wait
	}
	t.fromDue[o.temperature] = append(t.fromDue[o.temperature], o.fromDue)
	t.fromSend[o.temperature] = append(t.fromSend[o.temperature], o.fromSend)
}

// total returns the sum over all functions.
func (r *record) total() tally {
	sum := tally{status: map[string]int64{}}
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

// latencies returns the figures of all samples, the warm and the cold ones.
func (s samples) latencies() Latencies {
	return Latencies{
		All:  summarise(slices.Concat(s[:]...)),
		Warm: summarise(slices.Clone(s[warm])),
		Cold: summarise(slices.Clone(s[cold])),
	}
}

// summarise sorts x and returns its figures, nil where it is empty.
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

// nearestRank returns the percentile of sorted x: the smallest value that at
// least percent of all values do not exceed, in seconds.
func nearestRank(x []time.Duration, percent int) float64 {
	rank := (len(x)*percent + 99) / 100
	return x[max(0, rank-1)].Seconds()
}
