// Package loadgrid measures how many replicas a function needs: it puts a grid
// of loads on a function at each number of replicas.
package loadgrid

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"prewarm/shared/capacity/loadtest"
	"prewarm/shared/gateway"
)

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
	Timeout     time.Duration     // of one call, its wait for a caller included
	Seed        uint64            // of the times at which calls arrive
	MaxLag      time.Duration     // of this machine during a run; 0 for no bound
}

// Gateway scales the function.
type Gateway interface {
	List(ctx context.Context) ([]gateway.Function, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// errScaled means that another controller has scaled the function.
var errScaled = errors.New("loadgrid: another controller scales the function")

// Run measures the grid, replicas by replicas, and hands each row to done as it
// is there. It returns the first error, also of done.
func Run(ctx context.Context, g Grid, gw Gateway, client *http.Client, done func(loadtest.Row) error) error {
	for _, replicas := range g.Replicas {
		if err := gw.Scale(ctx, g.Function, replicas); err != nil {
			return err
		}
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
	}
	return nil
}

// attempts bounds how often a load is put on the function.
const attempts = 5

// measure puts a load on so many ready replicas. A run that lost one of them,
// after which the gateway did not answer, or in which this machine was late itself
// would lie and is made again.
func (g Grid) measure(ctx context.Context, gw Gateway, client *http.Client, load loadtest.Load, replicas int) (row loadtest.Row, err error) {
	for range attempts {
		if err := g.awaitReady(ctx, gw, replicas); err != nil {
			return row, err
		}
		if g.Warmup > 0 {
			_, _ = g.put(ctx, client, load, g.Warmup)
		}
		var lag time.Duration
		row, lag = g.put(ctx, client, load, g.Duration)
		row.Replicas = replicas
		if ctx.Err() != nil {
			return row, ctx.Err()
		}
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

// readyPoll is the time between two looks at replicas that start.
const readyPoll = 200 * time.Millisecond

// awaitReady waits until the function has so many ready replicas; the gateway may
// show what it was told a while later.
func (g Grid) awaitReady(ctx context.Context, gw Gateway, replicas int) error {
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

// stillReady fails where the function does not have just so many ready replicas.
func (g Grid) stillReady(ctx context.Context, gw Gateway, replicas int) error {
	list, err := gw.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		switch {
		case f.Name != g.Function:
		case f.Replicas != replicas:
			return fmt.Errorf("%w: %s must have %d replicas, has %d", errScaled, g.Function, replicas, f.Replicas)
		case f.Available != replicas:
			return fmt.Errorf("loadgrid: %s must have %d ready replicas, has %d", g.Function, replicas, f.Available)
		default:
			return nil
		}
	}
	return fmt.Errorf("loadgrid: %s is not deployed", g.Function)
}
