// Package hpa is a port of the controller of the Kubernetes HorizontalPodAutoscaler.
// It decides in virtual time, for simulations and for tests of how prewarm and an
// autoscaler act on the same function.
//
// A sync has three parts: each metric proposes replicas (Utilization,
// AverageValue), the largest proposal counts, and the rules of behaviour delay and
// bound the change (Rules). Not ported are container resources, object and pods
// metrics, and the CPU initialisation period.
//
// Source: Kubernetes 1.35, pkg/controller/podautoscaler/replica_calculator.go
// and horizontal.go (Apache-2.0), and its documentation, "Horizontal Pod
// Autoscaling".
package hpa

import (
	"errors"
	"math"
)

// Tolerance is how far a metric may be from its target, relative to the target,
// before the scale changes: 0.1 for 10 %.
type Tolerance struct{ Up, Down float64 }

// within reports whether a ratio of metric to target changes nothing.
func (t Tolerance) within(ratio float64) bool { return 1-t.Down <= ratio && ratio <= 1+t.Up }

// Pod is one pod as the resource metrics show it.
type Pod struct {
	Usage   float64 // share of the request of CPU, 0.7 for 70 %
	Ready   bool
	Missing bool // there is no sample of it
}

// ErrNoMetrics means that a metric could not be read. The controller then scales
// nothing in.
var ErrNoMetrics = errors.New("hpa: no metrics")

// Utilization returns the replicas for a resource metric with a target
// utilisation, such as CPU at 70 % of the request:
//
//	ratio    = mean usage of the ready pods / target
//	replicas = ceil(ready pods * ratio)
//
// or current if the ratio is within the tolerance. The other pods are counted such
// that the change is the smaller one: on the way up unready and missing pods as
// idle, on the way down missing pods as using all of their request. If that reverses
// the direction, the result is current. If no ready pod has a sample, the error is
// ErrNoMetrics.
func Utilization(current int, pods []Pod, target float64, tolerance Tolerance) (int, error) {
	ready, unready, missing, sum := count(pods)
	if ready == 0 {
		return 0, ErrNoMetrics
	}
	ratio := sum / float64(ready) / target
	rebalance := unready > 0 && ratio > 1
	if !rebalance && missing == 0 {
		if tolerance.within(ratio) {
			return current, nil
		}
		return ceil(ratio * float64(ready)), nil
	}
	if ratio < 1 {
		sum += float64(missing) // as if using all of their request
	}
	measured := ready + missing
	if rebalance {
		measured += unready // as if idle
	}
	again := sum / float64(measured) / target
	n := ceil(again * float64(measured))
	if tolerance.within(again) || (ratio < 1) != (again < 1) || (again < 1 && n > current) || (again > 1 && n < current) {
		return current, nil
	}
	return n, nil
}

// count returns the number of pods in each state, and the usage of all ready ones. A
// pod without a sample is missing, whether or not it is ready.
func count(pods []Pod) (ready, unready, missing int, sum float64) {
	for _, p := range pods {
		switch {
		case p.Missing:
			missing++
		case !p.Ready:
			unready++
		default:
			ready++
			sum += p.Usage
		}
	}
	return ready, unready, missing, sum
}

// AverageValue returns the replicas for an external metric with a target for
// each replica:
//
//	ceil(value / target)
//
// or replicas if value / (target * replicas) is within the tolerance.
func AverageValue(replicas int, value, target float64, tolerance Tolerance) int {
	if tolerance.within(value / (target * float64(replicas))) {
		return replicas
	}
	return ceil(value / target)
}

// ceil rounds up to a number of replicas.
func ceil(x float64) int { return int(math.Ceil(x)) }
