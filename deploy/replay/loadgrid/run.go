// Package loadgrid measures how many replicas a function needs: it puts each load of a
// grid on a function, at each number of replicas.
package loadgrid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"prewarm/shared/loadtest"
	"prewarm/shared/openfaas"
)

// Grid describes the measurements of Run.
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
	Timeout     time.Duration     // of one call, including its wait for a caller
	Seed        uint64            // of the times at which calls arrive
	MaxLag      time.Duration     // of this machine during a run; 0 for no bound
	Log         io.Writer         // gets a line when the function is scaled back
}

// Gateway scales the function.
type Gateway interface {
	List(ctx context.Context) ([]openfaas.Function, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// errScaled means that another controller has scaled the function.
var errScaled = errors.New("loadgrid: another controller scales the function")

// Run measures the grid, one number of replicas after the other, and calls done with each
// row. It returns the first error, also of done. At the end, also after an error or an
// interrupt, it scales the function back to the replicas that it had.
func Run(ctx context.Context, g Grid, gw Gateway, client *http.Client, done func(loadtest.Row) error) (err error) {
	before, err := g.find(ctx, gw)
	if err != nil {
		return err
	}
	// Also after an interrupt: otherwise replicas that are not needed would stay up.
	defer func() {
		if back := g.scaleBack(ctx, gw, before.Replicas); back != nil {
			err = errors.Join(err, back)
		}
	}()
	for _, replicas := range g.Replicas {
		if err := gw.Scale(ctx, g.Function, replicas); err != nil {
			return err
		}
		if err := g.measureLoads(ctx, gw, client, replicas, done); err != nil {
			return err
		}
	}
	return nil
}

// scaleBackTimeout bounds the request that scales the function back.
const scaleBackTimeout = 10 * time.Second

// scaleBack scales the function to the replicas that it had before, also if ctx has ended.
func (g Grid) scaleBack(ctx context.Context, gw Gateway, replicas int) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), scaleBackTimeout)
	defer cancel()
	if err := gw.Scale(ctx, g.Function, replicas); err != nil {
		return fmt.Errorf("loadgrid: %s must be scaled back to %d replicas by hand: %w", g.Function, replicas, err)
	}
	fmt.Fprintf(g.Log, "%s is scaled back to %d replicas\n", g.Function, replicas)
	return nil
}

// measureLoads puts each load on that number of replicas.
func (g Grid) measureLoads(ctx context.Context, gw Gateway, client *http.Client, replicas int, done func(loadtest.Row) error) error {
	for _, rate := range g.Rates {
		for _, callers := range g.Concurrency {
			row, err := g.measure(ctx, gw, client, loadtest.Load{Rate: rate, Concurrency: callers}, replicas)
			if err != nil {
				return err
			}
			if err := done(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// attempts bounds how often one measurement is tried.
const attempts = 5

// measure puts a load on that number of ready replicas. A run is not valid, and is
// repeated, if a replica was lost, if the gateway does not answer afterwards, or if this
// machine was late.
func (g Grid) measure(ctx context.Context, gw Gateway, client *http.Client, load loadtest.Load, replicas int) (row loadtest.Row, err error) {
	for range attempts {
		if err := g.awaitReady(ctx, gw, replicas); err != nil {
			return row, err
		}
		// The warm-up opens the connections and fills the caches of the function.
		if g.Warmup > 0 {
			_, _ = g.put(ctx, client, load, g.Warmup)
		}
		var lag time.Duration
		row, lag = g.put(ctx, client, load, g.Duration)
		row.Replicas = replicas
		if ctx.Err() != nil {
			return row, ctx.Err()
		}
		// Another attempt would not help: the other controller would scale again.
		if err = g.stillReady(ctx, gw, replicas); errors.Is(err, errScaled) {
			break
		}
		if err == nil && g.MaxLag > 0 && lag > g.MaxLag {
			err = fmt.Errorf("loadgrid: this machine must be late by at most %v to measure, was: %v", g.MaxLag, lag)
		}
		if err == nil {
			break
		}
	}
	return row, err
}

// readyPoll is the time between two polls while replicas start.
const readyPoll = 200 * time.Millisecond

// awaitReady waits until the function has that number of ready replicas. The gateway may
// list a new number with a delay.
func (g Grid) awaitReady(ctx context.Context, gw Gateway, replicas int) error {
	deadline := time.Now().Add(g.Ready)
	for {
		err := g.stillReady(ctx, gw, replicas)
		// At the deadline, the error says what is still missing.
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

// stillReady returns an error unless the function has exactly that number of replicas, and
// all are ready.
func (g Grid) stillReady(ctx context.Context, gw Gateway, replicas int) error {
	f, err := g.find(ctx, gw)
	switch {
	case err != nil:
		return err
	case f.Replicas != replicas:
		return fmt.Errorf("%w: %s must have %d replicas, has %d", errScaled, g.Function, replicas, f.Replicas)
	case f.Available != replicas:
		return fmt.Errorf("loadgrid: %s must have %d ready replicas, has %d", g.Function, replicas, f.Available)
	}
	return nil
}

// find returns the function as the gateway lists it.
func (g Grid) find(ctx context.Context, gw Gateway) (openfaas.Function, error) {
	list, err := gw.List(ctx)
	if err != nil {
		return openfaas.Function{}, err
	}
	i := slices.IndexFunc(list, func(f openfaas.Function) bool { return f.Name == g.Function })
	if i < 0 {
		return openfaas.Function{}, fmt.Errorf("loadgrid: %s is not deployed", g.Function)
	}
	return list[i], nil
}
