package simulate

import "math"

// HPA models the Kubernetes Horizontal Pod Autoscaler v2 on a function's busy
// replicas, as a CPU metric shows them. Four syncs of 15 s are folded into
// each minute; they all see the mean of the minute before, the age that a
// metrics pipeline has:
//
//	desired = ceil(replicas * metric / target)
//
// within the default tolerance of 10 % nothing changes. Up, a sync at most
// doubles the replicas or adds 4, whichever is more; down, the largest
// recommendation of the last 300 s holds. It never goes below one replica, so
// every function is warm from minute 0.
//
// Source: Kubernetes documentation, "Horizontal Pod Autoscaling", defaults.
type HPA struct {
	Target    float64 // wanted share of busy replicas, 0.8 by default
	functions []hpaState
}

// Constants of the HPA.
const (
	hpaSyncs     = 4  // a minute
	hpaWindow    = 20 // syncs in 300 s
	hpaTolerance = 0.1
	hpaStep      = 4 // replicas that a sync may always add
)

// hpaState is the state of one function.
type hpaState struct {
	replicas    int32
	recommended [hpaWindow]int32 // ring of the last recommendations
	next        int
}

// NewHPA returns the policy for w.
func NewHPA(w *Workload) *HPA {
	p := &HPA{Target: 0.8, functions: make([]hpaState, len(w.Functions))}
	for f := range p.functions {
		p.functions[f].replicas = 1
	}
	return p
}

// Name implements Policy.
func (*HPA) Name() string { return "hpa" }

// Warm implements Policy.
func (p *HPA) Warm(warm []int32, h History) {
	for f := range warm {
		s := &p.functions[f]
		for range hpaSyncs {
			if h.Minute() > 0 {
				s.sync(h.Load(f, h.Minute()-1) / p.Target)
			}
		}
		warm[f] = s.replicas
	}
}

// sync makes one decision; wanted is the number of replicas at which the
// metric would meet the target.
func (s *hpaState) sync(wanted float64) {
	recommendation := s.replicas
	if math.Abs(wanted/float64(s.replicas)-1) > hpaTolerance {
		recommendation = atLeastOne(wanted)
	}
	s.recommended[s.next] = recommendation
	s.next = (s.next + 1) % hpaWindow
	highest := recommendation
	for _, r := range s.recommended {
		highest = max(highest, r)
	}
	if recommendation > s.replicas {
		s.replicas = min(recommendation, max(2*s.replicas, s.replicas+hpaStep))
		return
	}
	s.replicas = min(s.replicas, highest)
}

// KPA models the Knative Pod Autoscaler in steps of a minute. The stable
// window of 60 s is the minute before. A panic begins when the load asks for
// at least 200 % of the replicas; until 60 s after the last such minute the
// replicas do not go down. A function without a call for the stable window and
// the grace period of 30 s is scaled to zero. Loads within a minute, and so
// the panic window of 6 s, cannot be seen at this step and are taken as even.
//
// Source: Knative Serving documentation, "Autoscaling", defaults: target 70 %
// of the concurrency.
type KPA struct {
	functions []kpaState
}

// Constants of the KPA.
const (
	kpaTarget = 0.7
	kpaPanic  = 2.0
)

// kpaState is the state of one function.
type kpaState struct {
	replicas int32
	panicked bool // in the minute before
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

// decide moves to what the last minute asks for.
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

// atLeastOne rounds up to a number of replicas.
func atLeastOne(wanted float64) int32 {
	return int32(math.Min(math.Max(1, math.Ceil(wanted)), math.MaxInt32))
}
