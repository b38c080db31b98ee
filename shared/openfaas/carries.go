package openfaas

import (
	"errors"
	"fmt"
	"strconv"

	"prewarm/shared/event"
)

// Values of LabelType that tell what a replica carries. TypePrewarm, cpu and custom rules
// do not: their target is not a number of calls.
const (
	TypeRPS      = "rps"      // calls per second, the default
	TypeCapacity = "capacity" // calls in flight
	TypeQueue    = "queue"    // asynchronous calls that wait
)

// Bounds of LabelTarget and LabelTargetProportion. OpenFaaS documents the default of the
// proportion and no bounds.
const (
	minTarget         = 0.01
	maxTarget         = 1e6
	minProportion     = 0.01
	maxProportion     = 10
	defaultProportion = 0.90
)

// envMaxInflight is the variable of a function by which of-watchdog refuses further calls.
const envMaxInflight = "max_inflight"

// Carries is what one replica of a function carries, as its owner states it.
type Carries struct {
	Concurrency     float64 // calls that one replica serves at a time
	CallsPerReplica float64 // calls per second that one replica carries, 0 if not stated
	By              string  // label or variable that states it, empty for AnnotationConcurrency and the default
}

// Carries returns what one replica carries, by the first of these that is set:
//
//   - LabelTarget times LabelTargetProportion: calls per second with LabelType rps, calls
//     at a time with capacity and queue, as OpenFaaS' autoscaler uses them;
//   - max_inflight in the function's environment, if the provider shows it;
//   - AnnotationConcurrency, else def: calls at a time.
//
// The default target of OpenFaaS is not a statement of the owner, and does not count.
// With an error, which names each value that cannot be read, the next of these applies.
//
// Source: docs.openfaas.com, page "Auto-scaling your functions".
func (f Function) Carries(def float64) (Carries, error) {
	annotations, labels := f.annotations(), f.labels()
	c := Carries{Concurrency: annotations.Float(AnnotationConcurrency, def, event.MinConcurrency, event.MaxConcurrency)}
	if f.MaxInflight > 0 {
		c.Concurrency, c.By = min(float64(f.MaxInflight), event.MaxConcurrency), envMaxInflight
	}
	kind := labels.String(LabelType, TypeRPS)
	if kind == TypeRPS || kind == TypeCapacity || kind == TypeQueue {
		target := labels.Float(LabelTarget, 0, minTarget, maxTarget)
		each := target * labels.Float(LabelTargetProportion, defaultProportion, minProportion, maxProportion)
		if each > 0 && labels.Err() == nil {
			c.state(kind, each)
		}
	}
	return c, errors.Join(annotations.Err(), labels.Err())
}

// state takes over what the labels state for one replica.
func (c *Carries) state(kind string, each float64) {
	c.By = fmt.Sprintf("%s (%s)", LabelTarget, kind)
	if kind == TypeRPS {
		c.CallsPerReplica = each
		return
	}
	// A replica serves one call at a time at least: OpenFaaS documents that a target of 1
	// and a proportion of 0.95 lead to five replicas for five calls in flight.
	c.Concurrency = max(1, min(each, event.MaxConcurrency))
}

// maxInflight returns the calls at a time that of-watchdog accepts by the environment of a
// function, 0 without limit. of-watchdog takes an unreadable value for no limit.
func maxInflight(environment map[string]string) int {
	n, err := strconv.Atoi(environment[envMaxInflight])
	if err != nil || n < 0 {
		return 0
	}
	return n
}
