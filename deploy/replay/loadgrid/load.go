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

	"prewarm/shared/loadtest"
)

// counts are the answers in one run, by all callers.
type counts struct {
	mu        sync.Mutex
	latencies []float64
	status    [4]int
	bytes     int64
}

// put puts one load on the function for the duration d. lag is by how much this machine
// was late at most; if it is large, the machine has measured itself and not the
// function.
func (g Grid) put(ctx context.Context, client *http.Client, load loadtest.Load, d time.Duration) (row loadtest.Row, lag time.Duration) {
	var t counts
	stop := watchLag()
	begin := time.Now()
	row = loadtest.Row{Rate: load.Rate, Concurrency: load.Concurrency}
	if load.Rate > 0 {
		g.open(ctx, client, load, begin, d, &t)
		row.Seconds = d.Seconds()
	} else {
		g.closed(ctx, client, load, begin.Add(d), &t)
		// The last calls end after d, and their answers count.
		row.Seconds = time.Since(begin).Seconds()
	}
	row.Status = t.status
	if n := len(t.latencies); n > 0 {
		row.ResponseBytes = float64(t.bytes) / float64(n)
	}
	row.Summarise(t.latencies)
	return row, stop()
}

// lagEvery is how often the lag is measured.
const lagEvery = 10 * time.Millisecond

// watchLag measures how late this machine wakes up from short sleeps, until stop is
// called. stop returns the largest delay.
func watchLag() (stop func() time.Duration) {
	// The goroutine owns lag and hands it over at the end, so that no lock is needed.
	end, most := make(chan struct{}), make(chan time.Duration)
	go func() {
		var lag time.Duration
		for begin := time.Now(); ; begin = time.Now() {
			select {
			case <-time.After(lagEvery):
				lag = max(lag, time.Since(begin)-lagEvery)
			case <-end:
				// A machine that is late at the end has not woken up from this sleep.
				most <- max(lag, time.Since(begin)-lagEvery)
				return
			}
		}
	}()
	return func() time.Duration {
		close(end)
		return <-most
	}
}

// closed makes calls in closed loop: each caller makes one call after the other.
func (g Grid) closed(ctx context.Context, client *http.Client, load loadtest.Load, end time.Time, t *counts) {
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

// open makes calls in open loop: they arrive at the rate of the load, whether or not
// earlier calls were answered. A call that finds all callers busy waits for one. The wait
// is part of its latency, so that a function that falls behind shows it.
//
// Source: Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary
// Tale", NSDI 2006.
func (g Grid) open(ctx context.Context, client *http.Client, load loadtest.Load, begin time.Time, d time.Duration, t *counts) {
	times := arrivals(load, d, g.Seed)
	// Room for all arrivals: busy callers must not delay those that follow.
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

// arrivals returns the times of a Poisson process within d, given its expected number of
// calls: that many uniform times, in order. They depend only on load and seed, so that
// each number of replicas gets the same calls.
func arrivals(load loadtest.Load, d time.Duration, seed uint64) []time.Duration {
	n := max(1, int(math.Round(load.Rate*d.Seconds())))
	// Loads differ in their stream, so that their arrivals are independent.
	rng := rand.New(rand.NewPCG(seed, math.Float64bits(load.Rate)^uint64(load.Concurrency)))
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(rng.Int64N(int64(d)))
	}
	slices.Sort(times)
	return times
}

// sleepUntil waits until at. It returns false if the context ends before.
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

// call makes and counts one call. Its latency begins with its arrival. A call that an
// interrupt has ended is not counted.
func (g Grid) call(ctx context.Context, client *http.Client, arrived time.Time, t *counts) {
	status, n, err := g.send(ctx, client, arrived.Add(g.Timeout))
	took := time.Since(arrived).Seconds()
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		// Such a call has no latency: the time of a failure says nothing about the function.
		t.status[loadtest.NoAnswer]++
		return
	}
	t.status[loadtest.StatusIndex(status)]++
	t.latencies = append(t.latencies, took)
	t.bytes += n
}

// send sends one request and reads its answer.
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
