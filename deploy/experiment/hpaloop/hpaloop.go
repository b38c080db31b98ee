// Package hpaloop runs HorizontalPodAutoscalers (HPAs) for the functions of a local
// gateway, as the controller manager of Kubernetes does for Deployments. The algorithm
// is that of package hpa. Its time can run faster than the clock.
package hpaloop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prewarm/deploy/experiment/metricsserver"
	"prewarm/shared/hpa"
	"prewarm/shared/openfaas"
)

// Target is the utilisation of the requested CPU that the HPAs aim at, as in
// kubernetes/examples/hpa.yaml.
const Target = 0.7

// Kubernetes returns an HPA with the default behaviour: it scales in after five
// minutes.
func Kubernetes(minimum, maximum int) *hpa.Controller { return hpa.New(minimum, maximum) }

// Example returns an HPA with the behaviour of kubernetes/examples/hpa.yaml, for an HPA
// that also follows forecasts. Forecasts cover the next load, so that it scales in
// after one minute. It scales out at once.
func Example(minimum, maximum int) *hpa.Controller {
	c := hpa.New(minimum, maximum)
	c.Up.Policies = []hpa.Policy{{Percent: 1000, Period: 15 * time.Second}}
	c.Down.Window = time.Minute
	return c
}

// Scaler sets the replicas of a function, name.namespace.
type Scaler interface {
	Scale(ctx context.Context, function string, replicas int) error
}

// External reads the external metric of each function, name.namespace. A function that
// is missing has no value.
type External func(ctx context.Context) (map[string]float64, error)

// Loop is the controller of several HPAs. It is not safe for concurrent use.
type Loop struct {
	scaler   Scaler
	external External // nil if CPU is the only metric
	objects  map[string]*hpa.Controller
}

// New returns the loop over the objects, which are given by the name.namespace of their
// function. If external is not nil, they have an external metric with an average value
// of 1 beside CPU.
func New(scaler Scaler, external External, objects map[string]*hpa.Controller) *Loop {
	return &Loop{scaler: scaler, external: external, objects: objects}
}

// Sync updates every object once. now is the time of the HPAs; usages are the CPU use
// of the functions. An error of one function does not stop the others.
func (l *Loop) Sync(ctx context.Context, now time.Time, functions []openfaas.Function, usages map[string]metricsserver.Usage) error {
	var failures []error
	wanted, err := l.readExternal(ctx)
	if err != nil {
		failures = append(failures, fmt.Errorf("external metric: %w", err))
	}
	for _, f := range functions {
		object := l.objects[f.Name]
		if object == nil {
			continue
		}
		n := object.Sync(now, f.Replicas, l.metrics(f.Name, usages[f.Name], wanted)...)
		if n == f.Replicas {
			continue
		}
		if err := l.scaler.Scale(ctx, f.Name, n); err != nil {
			failures = append(failures, fmt.Errorf("scale %s to %d: %w", f.Name, n, err))
		}
	}
	return errors.Join(failures...)
}

// readExternal returns nil if there is no external metric.
func (l *Loop) readExternal(ctx context.Context) (map[string]float64, error) {
	if l.external == nil {
		return nil, nil
	}
	return l.external(ctx)
}

// metrics returns the metrics by which the object of a function scales.
func (l *Loop) metrics(function string, usage metricsserver.Usage, wanted map[string]float64) []hpa.Metric {
	cpu := func(current int, tolerance hpa.Tolerance) (int, error) {
		return hpa.Utilization(current, usage.Pods, Target, tolerance)
	}
	if l.external == nil {
		return []hpa.Metric{cpu}
	}
	return []hpa.Metric{cpu, func(current int, tolerance hpa.Tolerance) (int, error) {
		value, ok := wanted[function]
		if !ok {
			return 0, hpa.ErrNoMetrics
		}
		return hpa.AverageValue(current, value, 1, tolerance), nil
	}}
}
