// Package hpa is a port of the HorizontalPodAutoscaler's controller, to show in
// virtual time how functions that are left to it behave: the replica
// calculation, the choice among metrics, and the rules of behaviour.
//
// Source: Kubernetes 1.35, pkg/controller/podautoscaler/replica_calculator.go
// and horizontal.go (Apache-2.0), and its documentation, "Horizontal Pod
// Autoscaling". Left out: container resources, object and pods metrics, and the
// CPU initialisation period; a pod that is not ready counts as in the source.
package hpa

import (
	"errors"
	"math"
)

// Tolerance is the relative deviation of a metric from its target that changes
// nothing, up and down.
type Tolerance struct{ Up, Down float64 }

func (t Tolerance) within(ratio float64) bool { return 1-t.Down <= ratio && ratio <= 1+t.Up }

// Pod is what the resource metrics know of one pod.
type Pod struct {
	Usage   float64 // of its request, 0.7 for 70 %
	Ready   bool
	Missing bool // the metrics have nothing of it
}

// ErrNoMetrics means that a metric could not be read.
var ErrNoMetrics = errors.New("hpa: no metrics")

// Utilization returns the replicas for a resource metric with a target
// utilisation:
//
//	ceil(ready x usage / target)
//
// or current where the ratio is within the tolerance. Pods without a metric
// count as at their target's far side, and unready ones as idle on the way up;
// if that turns the direction around nothing changes.
func Utilization(current int, pods []Pod, target float64, tolerance Tolerance) (int, error) {
	var ready, unready, missing int
	sum, measured := 0.0, 0
	for _, p := range pods {
		switch {
		case p.Missing:
			missing++
		case !p.Ready:
			unready++
		default:
			ready++
			measured++
			sum += p.Usage
		}
	}
	if measured == 0 {
		return 0, ErrNoMetrics
	}
	ratio := sum / float64(measured) / target
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
	measured += missing
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

// AverageValue returns the replicas for an external metric with a target for
// each replica:
//
//	ceil(value / target)
//
// or replicas where value / (target x replicas) is within the tolerance.
func AverageValue(replicas int, value, target float64, tolerance Tolerance) int {
	if tolerance.within(value / (target * float64(replicas))) {
		return replicas
	}
	return ceil(value / target)
}

func ceil(x float64) int { return int(math.Ceil(x)) }
