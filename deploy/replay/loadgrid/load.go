package loadgrid

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"prewarm/shared/capacity/loadtest"
)

// tally is what the callers of one run saw.
type tally struct {
	mu        sync.Mutex
	latencies []float64
	status    [4]int
	bytes     int64
}

// put puts one load on the function for some time. lag is by how much this
// machine was late at most: then it measured itself and not the function.
func (g Grid) put(ctx context.Context, client *http.Client, load loadtest.Load, d time.Duration) (row loadtest.Row, lag time.Duration) {
	var t tally
	stop := watchLag()
	begin := time.Now()
	row = loadtest.Row{Rate: load.Rate, Concurrency: load.Concurrency}
	if load.Rate > 0 {
		g.open(ctx, client, load, begin, d, &t)
		row.Seconds = d.Seconds()
	} else {
		g.closed(ctx, client, load, begin.Add(d), &t)
		row.Seconds = time.Since(begin).Seconds()
	}
	row.Status = t.status
	if n := len(t.latencies); n > 0 {
		row.ResponseBytes = float64(t.bytes) / float64(n)
	}
	row.Summarise(t.latencies)
	return row, stop()
}

// lagEvery is how often the lag is looked at.
const lagEvery = 10 * time.Millisecond

// watchLag sleeps again and again until it is stopped, which returns by how much
// a sleep was too long at most.
func watchLag() (stop func() time.Duration) {
	end, most := make(chan struct{}), make(chan time.Duration)
	go func() {
		var lag time.Duration
		for begin := time.Now(); ; begin = time.Now() {
			select {
			case <-time.After(lagEvery):
				lag = max(lag, time.Since(begin)-lagEvery)
			case <-end:
				most <- lag
				return
			}
		}
	}()
	return func() time.Duration {
		close(end)
		return <-most
	}
}

// closed has each caller make one call after the other.
func (g Grid) closed(ctx context.Context, client *http.Client, load loadtest.Load, end time.Time, t *tally) {
	var callers sync.WaitGroup
	for range load.Concurrency {
		callers.Go(func() {
			for ctx.Err() == nil && time.Now().Before(end) {
				g.call(ctx, client, time.Now(), t)
			}
		})
	}
	callers.Wait()
}

// open lets calls arrive at the rate of the load, whether or not earlier ones
// were answered. A call that finds all callers busy waits for one, which is part
// of its latency: a function that falls behind shows it.
//
// Source: Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary
// Tale", NSDI 2006.
func (g Grid) open(ctx context.Context, client *http.Client, load loadtest.Load, begin time.Time, d time.Duration, t *tally) {
	times := arrivals(load, d, g.Seed)
	line := make(chan time.Time, len(times))
	var callers sync.WaitGroup
	for range load.Concurrency {
		callers.Go(func() {
			for arrived := range line {
				g.call(ctx, client, arrived, t)
			}
		})
	}
	for _, after := range times {
		if at := begin.Add(after); sleepUntil(ctx, at) {
			line <- at
		}
	}
	close(line)
	callers.Wait()
}

// arrivals returns the times of a Poisson process within d, conditioned on its
// expected number of calls: so many times, uniform and in order. They depend on
// load and seed alone, so that every number of replicas gets the same ones.
func arrivals(load loadtest.Load, d time.Duration, seed uint64) []time.Duration {
	n := max(1, int(math.Round(load.Rate*d.Seconds())))
	rng := rand.New(rand.NewPCG(seed, math.Float64bits(load.Rate)^uint64(load.Concurrency)))
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(rng.Int64N(int64(d)))
	}
	slices.Sort(times)
	return times
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// call counts one call, with its latency from its arrival on. One that an
// interrupt ended is not counted.
func (g Grid) call(ctx context.Context, client *http.Client, arrived time.Time, t *tally) {
	status, n, err := g.send(ctx, client, arrived.Add(g.Timeout))
	took := time.Since(arrived).Seconds()
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.status[loadtest.NoAnswer]++
		return
	}
	t.status[loadtest.StatusIndex(status)]++
	t.latencies = append(t.latencies, took)
	t.bytes += n
}

func (g Grid) send(ctx context.Context, client *http.Client, deadline time.Time) (status int, bytes int64, err error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	for k, v := range g.Header {
		req.Header.Set(k, v)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	bytes, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, bytes, err
}
