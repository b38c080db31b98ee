package autoscaler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/deploy/local/controller"
)

// Autoscaler is the controller.
type Autoscaler struct {
	Scaler  Scaler
	Gateway controller.Gateway
	Store   controller.Store
	Clock   controller.Clock
}

// Name implements controller.Controller.
func (a *Autoscaler) Name() string { return "autoscaler" }

// Period implements controller.Controller.
func (a *Autoscaler) Period() time.Duration { return Every }

// Sync scales each function to what its load asks for.
func (a *Autoscaler) Sync(ctx context.Context, now time.Time) error {
	functions, err := a.Gateway.List(ctx)
	if err != nil {
		return err
	}
	var failures []error
	loads := map[string]map[string]float64{} // by type and function
	for _, f := range functions {
		if err := a.cycle(ctx, now, f, loads); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
	return errors.Join(failures...)
}

// cycle decides about one function. loads holds the answers of the store in this cycle.
// A function that the store does not name has no load.
func (a *Autoscaler) cycle(ctx context.Context, now time.Time, f controller.Function, loads map[string]map[string]float64) error {
	s, err := controller.ReadScaling(f.Labels, a.Clock.Speed)
	if err != nil {
		return err
	}
	if _, asked := loads[s.Type]; !asked {
		if loads[s.Type], err = a.Store.ByFunction(ctx, Query(s.Type, a.Clock)); err != nil {
			delete(loads, s.Type)
			return err
		}
	}
	if want := a.Scaler.Decide(now, f, s, loads[s.Type][f.Name]); want != f.Replicas {
		return a.Gateway.Scale(ctx, f, want)
	}
	return nil
}

// Times of the trace over which the loads are measured, as in the chart's Prometheus
// (chart/openfaas of faas-netes). A recorded load counts until two evaluations of the
// rule are missing.
const (
	windowRPS      = 30 * time.Second
	windowCapacity = 45 * time.Second
	windowCPU      = time.Minute
	windowRecorded = 40 * time.Second
)

// Query returns the query for the load of all functions by a type:
//
//   - rps: calls that end, per second of the trace
//   - capacity: the most calls in flight
//   - cpu: thousandths of a core; the work of a call is scaled with the clock, so that this is
//     a number of the trace too
//   - any other: what the recording rule job:function_current_load:sum with this
//     scaling_type has written
func Query(kind string, clock controller.Clock) string {
	ms := func(d time.Duration) int64 { return max(1, clock.OnClock(d).Milliseconds()) }
	switch kind {
	case controller.TypeRPS:
		return fmt.Sprintf("sum by (function_name) (rate(gateway_function_invocation_total[%dms])) / %g", ms(windowRPS), clock.Speed)
	case controller.TypeCapacity:
		return fmt.Sprintf("sum by (function_name) (max_over_time(gateway_function_invocation_inflight[%dms]))", ms(windowCapacity))
	case controller.TypeCPU:
		return fmt.Sprintf("1000 * sum by (function_name) (rate(pod_cpu_usage_seconds_total[%dms]))", ms(windowCPU))
	}
	return fmt.Sprintf("sum by (function_name) (last_over_time(job:function_current_load:sum{scaling_type=%q}[%dms]))", kind, ms(windowRecorded))
}
