package idler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/deploy/local/controller"
)

// Idler is the controller.
type Idler struct {
	Rule    Rule
	Gateway controller.Gateway
	Store   controller.Store
	Clock   controller.Clock
}

// Name implements controller.Controller.
func (i *Idler) Name() string { return "idler" }

// Period implements controller.Controller.
func (i *Idler) Period() time.Duration { return i.Rule.Every }

// Sync scales the idle functions to zero.
func (i *Idler) Sync(ctx context.Context, _ time.Time) error {
	functions, err := i.Gateway.List(ctx)
	if err != nil {
		return err
	}
	var failures []error
	began := map[time.Duration]map[string]float64{} // by idle time and function
	for _, f := range functions {
		if err := i.look(ctx, f, began); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
	return errors.Join(failures...)
}

// look decides about one function. began holds the answers of the store in this look.
func (i *Idler) look(ctx context.Context, f controller.Function, began map[time.Duration]map[string]float64) error {
	s, err := controller.ReadScaling(f.Labels, i.Clock.Speed)
	if err != nil || !s.Zero {
		return err
	}
	idle := i.Rule.IdleTime(s)
	if _, asked := began[idle]; !asked {
		if began[idle], err = i.Store.ByFunction(ctx, Query(i.Clock.OnClock(idle))); err != nil {
			delete(began, idle)
			return err
		}
	}
	n, known := began[idle][f.Name]
	if want := Decide(f, s, Calls{Began: n, Known: known}); want != f.Replicas {
		return i.Gateway.Scale(ctx, f, want)
	}
	return nil
}

// Query returns the query for the calls that began within a time on the clock.
// VictoriaMetrics counts the first call of a new series too, which the rate of Prometheus
// leaves out.
func Query(idle time.Duration) string {
	return fmt.Sprintf("sum by (function_name) (increase(gateway_function_invocation_started[%dms]))", max(1, idle.Milliseconds()))
}
