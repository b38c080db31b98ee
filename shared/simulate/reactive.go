package simulate

import (
	"math"
	"time"

	"prewarm/shared/hpa"
)

// HPA is the Kubernetes Horizontal Pod Autoscaler with its default rules, package
// hpa unchanged, on the share of replicas that are busy. It never goes below one
// replica, so every function is warm from minute 0.
//
// It differs from a cluster in its metric. A trace has one load for a whole
// minute and not the CPU use of each pod, so the four syncs of a minute all see
// the load of the minute before, the age that a metrics pipeline has, and the
// rule is that of one value for all replicas:
//
//	desired = ceil(load / target), or replicas if |load / target / replicas - 1| <= tolerance
//
// This form of the tolerance is that of Kubernetes before 1.33. Package hpa has
// the present one, 1 - tolerance <= ratio <= 1 + tolerance, which differs by
// rounding at a ratio of exactly 1.1 and so in a cold start of a published figure.
// Replicas are ready at once, as everywhere in the simulation.
type HPA struct {
	Target    float64 // wanted share of busy replicas, 0.8 by default
	functions []hpaFunction
}

// hpaFunction is one function with the autoscaler that is bound to it.
type hpaFunction struct {
	replicas   int
	autoscaler *hpa.Controller
}

// NewHPA returns the policy for w.
func NewHPA(w *Workload) *HPA {
	p := &HPA{Target: 0.8, functions: make([]hpaFunction, len(w.Functions))}
	for f := range p.functions {
		p.functions[f] = hpaFunction{1, hpa.New(1, math.MaxInt32)}
	}
	return p
}

// Name implements Policy.
func (*HPA) Name() string { return "hpa" }

// Warm implements Policy.
func (p *HPA) Warm(warm []int32, h History) {
	for f := range warm {
		s := &p.functions[f]
		if m := h.Minute(); m > 0 {
			s.syncs(m, h.Load(f, m-1)/p.Target)
		}
		warm[f] = int32(s.replicas)
	}
}

// syncs makes the decisions of a minute, at its seconds 0, 15, 30 and 45. wanted
// is the number of replicas at which the metric would meet the target.
func (s *hpaFunction) syncs(minute int, wanted float64) {
	metric := func(current int, tolerance hpa.Tolerance) (int, error) {
		if math.Abs(wanted/float64(current)-1) <= tolerance.Up {
			return current, nil
		}
		return int(math.Ceil(wanted)), nil
	}
	begin := time.Unix(int64(minute)*stepSeconds, 0)
	for after := time.Duration(0); after < stepSeconds*time.Second; after += hpa.SyncPeriod {
		s.replicas = s.autoscaler.Sync(begin.Add(after), s.replicas, metric)
	}
}

// KPA is a model of the Knative Pod Autoscaler in steps of a minute:
//
//	desired = ceil(load / 0.7), at least 1, or 0 after a minute without a call
//
// The stable window of 60 s is the minute before. Panic mode begins when the load
// asks for at least twice the replicas; in it, and for a minute after it, the
// replicas do not decrease. A trace has counts per minute, so calls are taken as even
// within a minute: the panic window of 6 s cannot be modelled, and the grace period
// of 30 s before zero is rounded to the step. Two defaults have no effect at this step: at each
// evaluation, every 2 s, the replicas may grow a thousandfold and go down to the half.
//
// Source: Knative Serving documentation, "Autoscaling", and config-autoscaler.yaml, defaults:
// target-utilization 70 % of the concurrency, stable window 60 s, panic window 10 % of it,
// panic threshold 200 %, grace period 30 s, retention period and scale-down delay 0.
type KPA struct {
	functions []kpaState
}

// Defaults of the KPA.
const (
	kpaTarget = 0.7 // share of the concurrency that is to be used
	kpaPanic  = 2.0 // wanted over current replicas at which panic mode begins
)

// kpaState is the state of one function.
type kpaState struct {
	replicas int32
	panicked bool // the last decision was made in panic mode
}

// NewKPA returns the policy for w.
func NewKPA(w *Workload) *KPA { return &KPA{functions: make([]kpaState, len(w.Functions))} }

// Name implements Policy.
func (*KPA) Name() string { return "kpa" }

// Warm implements Policy.
func (p *KPA) Warm(warm []int32, h History) {
	if h.Minute() == 0 {
		return
	}
	last := h.Minute() - 1
	for f := range warm {
		s := &p.functions[f]
		s.decide(h.Need(f)[last] > 0, h.Load(f, last)/kpaTarget)
		warm[f] = s.replicas
	}
}

// decide sets the replicas after a minute whose load asks for wanted replicas, and
// in which the function was called or not.
func (s *kpaState) decide(called bool, wanted float64) {
	var desired int32
	if called {
		desired = atLeastOne(wanted)
	}
	panics := s.replicas > 0 && wanted >= kpaPanic*float64(s.replicas)
	if (panics || s.panicked) && desired < s.replicas {
		desired = s.replicas
	}
	s.replicas, s.panicked = desired, panics
}

// atLeastOne rounds up to a number of replicas, 1 to the largest int32.
func atLeastOne(wanted float64) int32 {
	return int32(math.Min(math.Max(1, math.Ceil(wanted)), math.MaxInt32))
}
