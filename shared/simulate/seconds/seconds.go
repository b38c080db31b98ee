// Package seconds replays a trace at the second: how long calls wait under a policy.
//
// Package simulate decides and counts by the minute. Here every call has an instant, a
// duration, and a start time for the case that a replica must be started for it. All
// three are drawn from a seed, the name of the function and the minute, so they are the
// same for every policy, in any order of the functions and however the trace is cut.
//
// The platform is a queue, first come, first served, over replicas that run K calls at a
// time:
//
//   - When minute m begins, max(warm, held) replicas are ready, as in package simulate.
//     Those of them that were started for a call and are not ready yet go on starting.
//     A replica in excess goes, unless it runs a call or a call waits for it.
//   - A call that finds a free slot runs at once.
//   - Otherwise it waits for the first slot, and a replica is started if more calls wait
//     than the replicas that are starting will take. That replica stays until the minute
//     ends.
//
// Starting one replica per call that finds none free is the scale-per-request rule of
// AWS Lambda, Azure Functions and Google Cloud Functions.
//
// Source of the rule: Mahmoudi, Khazaei, "Performance Modeling of Serverless Computing
// Platforms", IEEE Transactions on Cloud Computing 10(4), 2022.
package seconds

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"prewarm/shared/simulate"
)

// minuteSeconds is the length of a step of the policies.
const minuteSeconds = 60

// Waiting is how long the calls of a trace waited under one policy, without the warm-up.
// A call waits from its arrival until a replica runs it. Times are in seconds.
type Waiting struct {
	Calls   int64 `json:"calls"`
	LeftOut int64 `json:"calls_left_out"` // in minutes with more than MostCalls, not in Calls
	Waited  int64 `json:"waited"`         // calls that waited at all
	Starts  int64 `json:"starts"`         // replicas that were started for a waiting call

	Total float64 `json:"total_seconds"`
	Mean  float64 `json:"mean_seconds"` // over all calls
	Share float64 `json:"share"`        // Waited / Calls

	// P50, P95 and P99 are percentiles over all calls, those without a wait among them:
	// the wait that a call of rank ceil(p Calls) has, within 0.5 %.
	P50 float64 `json:"p50_seconds"`
	P95 float64 `json:"p95_seconds"`
	P99 float64 `json:"p99_seconds"`
}

// Replay replays the calls of a workload against the decisions of one policy. It is a
// simulate.Sink that needs each minute once, in rising order from 0.
type Replay struct {
	workload *Workload
	pools    []pool
	workers  []worker
}

// worker has what one goroutine needs to draw calls, and the waits that it recorded.
type worker struct {
	arrivals generator
	waits    histogram
}

// Replay returns a replay of w for one policy.
func (w *Workload) Replay() *Replay {
	r := &Replay{workload: w, pools: make([]pool, len(w.functions)), workers: make([]worker, runtime.GOMAXPROCS(0))}
	for f := range r.pools {
		r.pools[f].concurrency = w.concurrency
	}
	for i := range r.workers {
		r.workers[i].arrivals = newGenerator()
	}
	return r
}

// Minute implements simulate.Sink. The error means that the decisions are of another
// workload.
func (r *Replay) Minute(m int, warm []int32) error {
	if len(warm) != len(r.pools) || m < 0 || m >= r.workload.minutes {
		return fmt.Errorf("decisions on %d functions in minute %d; workload has %d in %d minutes", len(warm), m, len(r.pools), r.workload.minutes)
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for i := range r.workers {
		wait.Go(func() {
			for f := next.Add(1) - 1; f < int64(len(warm)); f = next.Add(1) - 1 {
				r.minute(&r.workers[i], int(f), m, int64(warm[f]))
			}
		})
	}
	wait.Wait()
	return nil
}

// minute replays minute m of function f.
func (r *Replay) minute(w *worker, f, m int, warm int64) {
	p, fn := &r.pools[f], &r.workload.functions[f]
	count := fn.counts[m]
	if count > MostCalls {
		if m >= simulate.WarmUpMinutes {
			p.leftOut += int64(count)
		}
		count = 0
	}
	// Most minutes of most functions: nothing comes, waits or starts. Calls that still run
	// are looked at when the next one comes.
	if count <= 0 && p.queued == 0 && p.coming == 0 {
		return
	}
	p.waits = &w.waits
	p.scored = m >= simulate.WarmUpMinutes
	begin := float64(m) * minuteSeconds
	p.begin(begin, warm)
	if count > 0 {
		for i, c := range w.arrivals.calls(fn, r.workload.seed, m) {
			p.arrive(begin+c.at, c.duration, func() float64 { return w.arrivals.start(fn, r.workload.seed, m, i) })
		}
	}
}

// Waiting ends the replay: the calls that still wait are served by the replicas that are
// there or start. It returns the waits of all calls. Minute must not be called after it.
func (r *Replay) Waiting() Waiting {
	var all Waiting
	for f := range r.pools {
		p := &r.pools[f]
		p.waits = &r.workers[0].waits
		p.drain()
		// In the order of the functions, since a sum depends on its order.
		all.Total += p.total
		all.Calls, all.LeftOut = all.Calls+p.calls, all.LeftOut+p.leftOut
		all.Waited, all.Starts = all.Waited+p.waited, all.Starts+p.starts
	}
	if all.Calls == 0 {
		return all
	}
	var waits histogram
	for i := range r.workers {
		waits.merge(&r.workers[i].waits)
	}
	all.Mean, all.Share = all.Total/float64(all.Calls), float64(all.Waited)/float64(all.Calls)
	all.P50, all.P95, all.P99 = waits.quantile(0.50, all.Calls), waits.quantile(0.95, all.Calls), waits.quantile(0.99, all.Calls)
	return all
}
