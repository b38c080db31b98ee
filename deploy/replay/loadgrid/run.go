// Package loadgrid measures how many replicas a function needs: it puts a grid
// of loads on a function at each number of replicas.
package loadgrid

import (
	"context"
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
}

// Gateway scales the function.
type Gateway interface {
	List(ctx context.Context) ([]gateway.Function, error)
	Scale(ctx context.Context, function string, replicas int) error
}

// Run measures the grid, replicas by replicas, and hands each row to done as it
// is there. It returns the first error, also of done.
func Run(ctx context.Context, g Grid, gw Gateway, client *http.Client, done func(loadtest.Row) error) error {
	for _, replicas := range g.Replicas {
		if err := g.scale(ctx, gw, replicas); err != nil {
			return err
		}
		for _, rate := range g.Rates {
			for _, callers := range g.Concurrency {
				load := loadtest.Load{Rate: rate, Concurrency: callers}
				if g.Warmup > 0 {
					g.put(ctx, client, load, g.Warmup)
				}
				row := g.put(ctx, client, load, g.Duration)
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
