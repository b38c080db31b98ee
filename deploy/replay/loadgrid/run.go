package loadgrid

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"

	"prewarm/shared/gateway"
)

// finish fills in what follows from latencies (seconds), Status and Seconds.
func (r *Row) finish(latencies []float64) {
	for _, n := range r.Status {
		r.Requests += n
	}
	if r.Seconds > 0 {
		r.RequestsPerSecond = float64(r.Requests) / r.Seconds
	}
	if len(latencies) == 0 {
		return
	}
	slices.Sort(latencies)
	for i, p := range Percentiles {
		r.Latency[i] = stat.Quantile(p/100, stat.Empirical, latencies, nil)
	}
}

// Grid is what Run measures.
type Grid struct {
	URL         string // of the function
	Function    string // name.namespace, as the gateway lists it
	Rates       []float64
	Concurrency []int
	Replicas    []int
	Duration    time.Duration     // of one run
	Warmup      time.Duration     // before each, not counted
	Ready       time.Duration     // for replicas to become ready
	Header      map[string]string // of the calls
	Timeout     time.Duration     // of one call
}

// Gateway scales the function.
type Gateway interface {
	List(ctx context.Context) ([]gateway.Function, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// Run measures the grid, replicas by replicas, and hands each row to done as it
// is there. It returns the first error, also of done.
func Run(ctx context.Context, g Grid, gw Gateway, client *http.Client, done func(Row) error) error {
	for _, replicas := range g.Replicas {
		if err := g.scale(ctx, gw, replicas); err != nil {
			return err
		}
		for _, rate := range g.Rates {
			for _, callers := range g.Concurrency {
				load := Load{rate, callers}
				g.run(ctx, client, load, g.Warmup)
				row := g.run(ctx, client, load, g.Duration)
				row.Replicas = replicas
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := g.stillReady(ctx, gw, replicas); err != nil {
					return err
				}
				if err := done(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// readyPoll is the time between two looks at replicas that start.
const readyPoll = 200 * time.Millisecond

// scale brings the function to a number of replicas and waits for it.
func (g Grid) scale(ctx context.Context, gw Gateway, replicas int) error {
	if err := gw.Scale(ctx, g.Function, replicas); err != nil {
		return err
	}
	deadline := time.Now().Add(g.Ready)
	for {
		err := g.stillReady(ctx, gw, replicas)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(readyPoll):
		}
	}
}

// stillReady fails where the function does not have just so many ready replicas:
// another controller has scaled it, and the row would lie.
func (g Grid) stillReady(ctx context.Context, gw Gateway, replicas int) error {
	list, err := gw.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Name == g.Function {
			if f.Replicas != replicas || f.Available != replicas {
				return fmt.Errorf("loadgrid: %s must have %d ready replicas, has %d of %d", g.Function, replicas, f.Available, f.Replicas)
			}
			return nil
		}
	}
	return fmt.Errorf("loadgrid: %s is not deployed", g.Function)
}

// tally is what the callers of one run saw.
type tally struct {
	mu        sync.Mutex
	latencies []float64
	status    [4]int
	bytes     int64
}

// run puts one load on the function. Each caller has one call at a time and its
// share of the rate: a caller whose call takes longer than its turn falls behind,
// as with hey -q.
func (g Grid) run(ctx context.Context, client *http.Client, load Load, d time.Duration) Row {
	var t tally
	var callers sync.WaitGroup
	begin := time.Now()
	end := begin.Add(d)
	for i := range load.Concurrency {
		callers.Go(func() {
			turn := time.Duration(0)
			if load.Rate > 0 {
				turn = time.Duration(float64(load.Concurrency) / load.Rate * float64(time.Second))
			}
			next := begin.Add(turn * time.Duration(i) / time.Duration(load.Concurrency))
			for ctx.Err() == nil && next.Before(end) && time.Now().Before(end) {
				if !sleepUntil(ctx, next) {
					return
				}
				g.call(ctx, client, &t)
				next = next.Add(turn)
				if now := time.Now(); next.Before(now) {
					next = now
				}
			}
		})
	}
	callers.Wait()
	row := Row{Rate: load.Rate, Concurrency: load.Concurrency, Seconds: time.Since(begin).Seconds(), Status: t.status}
	if n := len(t.latencies); n > 0 {
		row.ResponseBytes = float64(t.bytes) / float64(n)
	}
	row.finish(t.latencies)
	return row
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

// call counts one call. One that an interrupt ended is not counted.
func (g Grid) call(ctx context.Context, client *http.Client, t *tally) {
	sent := time.Now()
	status, n, err := g.send(ctx, client)
	took := time.Since(sent).Seconds()
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.status[NoAnswer]++
		return
	}
	t.status[statusIndex(strconv.Itoa(status))]++
	t.latencies = append(t.latencies, took)
	t.bytes += n
}

func (g Grid) send(ctx context.Context, client *http.Client) (status int, bytes int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
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
