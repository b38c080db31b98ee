package event

import (
	"cmp"
	"fmt"
	"time"
)

// Decisions is the payload of TypeDecisions.
type Decisions struct {
	Decisions []Decision `json:"decisions"`
}

// Decision is what the scaler decided for one function at one step.
type Decision struct {
	Function  string    `json:"function"`  // name.namespace
	Step      int64     `json:"step"`      // Unix seconds, origin of the forecast
	Time      time.Time `json:"time"`      // when it was made
	Mode      string    `json:"mode"`      // off, observe or active
	Actuator  string    `json:"actuator"`  // what sets the replicas: gateway, hpa, keda or openfaas
	Direction string    `json:"direction"` // up, down or hold
	Current   int       `json:"current"`   // replicas desired before
	Available int       `json:"available"` // replicas ready before
	Wanted    int       `json:"wanted"`    // replicas that the policy wants
	Applied   int       `json:"applied"`   // replicas sent to the gateway, -1 if none were sent
	Observed  int       `json:"observed"`  // replicas that the gateway reported afterwards, -1 if not read
	Reason    string    `json:"reason"`
	Model     string    `json:"model"` // version of the model that made the forecast
	// Batch is the Envelope.Digest of the forecasts that the decision rests on, empty in old
	// messages.
	Batch  string `json:"batch,omitempty"`
	Inputs Inputs `json:"inputs"`
	// Others names the controllers beside prewarm that may set the replicas of the function.
	Others []string `json:"others,omitempty"`
	// SetBack states how another controller undid the number that was applied last, nil for
	// not at all.
	SetBack *SetBack `json:"set_back,omitempty"`
	// Annotated is the mode by annotation or default, if the operator has set another one
	// without a deployment; empty otherwise.
	Annotated string `json:"annotated,omitempty"`
	// Trigger is what the decision was made for: TriggerStep for the forecast of its step, or
	// TriggerWatch for calls that came between two steps. Step is the step in progress then.
	Trigger string `json:"trigger,omitempty"`
}

// Triggers of a decision.
const (
	TriggerStep  = ""
	TriggerWatch = "watch"
)

// OfStep reports whether d is the decision of its step. Any other only adds replicas within
// the step, and decides no step.
func (d Decision) OfStep() bool { return d.Trigger == TriggerStep }

// SetBack is a change of the replicas by which another controller undid one of prewarm.
type SetBack struct {
	By   string `json:"by"`   // one of Decision.Others, or "unknown"
	From int    `json:"from"` // replicas that prewarm applied last
	To   int    `json:"to"`   // replicas that were found
}

// Bounds of a decision's lists and names.
const (
	MaxOthers     = 8
	MaxController = 64 // bytes of the name of a controller
)

// MaxSettled bounds Inputs.Settled: a step that settles later is not scored.
const MaxSettled = 5

// MaxViewAge bounds the age of the list of the gateway that a decision rests on.
const MaxViewAge = 5 * time.Second

// maxReadiness bounds a readiness time, in seconds.
const maxReadiness = 86400

// Inputs are the numbers that a decision rests on.
type Inputs struct {
	CostRatio         float64 `json:"cost_ratio"`
	Prices            *Prices `json:"prices,omitempty"` // that CostRatio comes from, nil if somebody has set it
	LookaheadSteps    int     `json:"lookahead_steps"`
	ReadinessSeconds  float64 `json:"readiness_seconds"`  // P90 of the start time
	ReadinessMeasured bool    `json:"readiness_measured"` // false: ReadinessSeconds is assumed
	PActive           float64 `json:"p_active"`           // probability of a call within the lookahead
	PMore             float64 `json:"p_more"`             // upper bound on the probability that more are needed than wanted before bounds
	RecentNeed        int32   `json:"recent_need"`        // need of the last step, -1 if unknown
	// Settled holds the needs of the last steps, at most MaxSettled of them, the newest
	// last: -1 for a step that is unknown, or that was not measured as a whole and on its
	// own. A step is scored by the first of these that is not -1.
	Settled          []int32 `json:"settled,omitempty"`
	InFlight         int     `json:"in_flight"`
	Peak             int     `json:"peak,omitempty"`   // most calls in progress at a scrape within the last step, -1 if unknown
	Queued           int     `json:"queued,omitempty"` // of FunctionWindow
	Min              int     `json:"min"`
	Max              int     `json:"max"`
	ExpectedCold     float64 `json:"expected_cold"`      // cold starts in the next hour of steps under keep-alive
	ExpectedColdLeft float64 `json:"expected_cold_left"` // those that remain under prewarm; see coldLeft of package policy
	// Started is the number of replicas that appeared since the last decision without
	// prewarm: by a call that woke the function, or by another controller. It is -1 if the
	// last decision is not known.
	Started int `json:"started"`
	// NotReady is how many of the replicas after the decision were not ready when the step
	// began: those that it adds, and those that are still starting. They cannot have been
	// warm for the calls of the step.
	NotReady int `json:"not_ready,omitempty"`
	// MemoryBytes is the memory of a replica, by the limit or else the request of the
	// function; 0 if it has neither.
	MemoryBytes int64 `json:"memory_bytes,omitempty"`
	// CallsPerReplica is the calls per second that each replica carries, 0 if that is
	// unknown. CapacityModel is the replica model or the label that it comes from, empty if
	// the rate follows by Little's law.
	CallsPerReplica float64 `json:"calls_per_replica"`
	CapacityModel   string  `json:"capacity_model"`
	// ViewAge is how old the list of the gateway was that Current and Available come from, in
	// seconds.
	ViewAge float64 `json:"view_age,omitempty"`
}

// Validate checks decisions from outside. A function may be in them several times. The
// error wraps ErrPayload.
func (d *Decisions) Validate() error {
	if err := checkLength("decisions", len(d.Decisions)); err != nil {
		return err
	}
	for i := range d.Decisions {
		one := &d.Decisions[i]
		if err := cmp.Or(CheckFunction(one.Function), one.validateStep(), one.validateBatch(), one.validateTrigger(), one.validateReplicas(), one.Inputs.validate(), one.validateOthers()); err != nil {
			return fmt.Errorf("%w: decisions[%d].%w", ErrPayload, i, err)
		}
	}
	return nil
}

// validateStep checks the step, by which decisions are kept.
func (d *Decision) validateStep() error {
	if d.Step < 0 || d.Step > maxStep {
		return fmt.Errorf("step must be between 0 and %d, was: %d", int64(maxStep), d.Step)
	}
	return nil
}

func (d *Decision) validateBatch() error {
	if len(d.Batch) > DigestLen {
		return fmt.Errorf("batch must have at most %d characters, had: %d", DigestLen, len(d.Batch))
	}
	return nil
}

// validateTrigger checks the trigger, and that a decision between two steps lowers nothing.
func (d *Decision) validateTrigger() error {
	switch {
	case d.Trigger != TriggerStep && d.Trigger != TriggerWatch:
		return fmt.Errorf("trigger must be %q or %q, was: %.40q", TriggerStep, TriggerWatch, d.Trigger)
	case !d.OfStep() && (d.Wanted < d.Current || d.Applied >= 0 && d.Applied < d.Current):
		return fmt.Errorf("wanted and applied of trigger %q must be at least current (%d), were: %d and %d", d.Trigger, d.Current, d.Wanted, d.Applied)
	}
	return nil
}

// validateReplicas checks the numbers of replicas, which are shown, compared and followed.
func (d *Decision) validateReplicas() error {
	return cmp.Or(
		checkNumber("current", d.Current, 0), checkNumber("available", d.Available, 0), checkNumber("wanted", d.Wanted, 0),
		checkNumber("applied", d.Applied, -1), checkNumber("observed", d.Observed, -1),
	)
}

// validateOthers bounds what pages and metrics show of other controllers.
func (d *Decision) validateOthers() error {
	if len(d.Others) > MaxOthers {
		return fmt.Errorf("others must have at most %d names, had: %d", MaxOthers, len(d.Others))
	}
	for i, name := range d.Others {
		if len(name) == 0 || len(name) > MaxController {
			return fmt.Errorf("others[%d] must have 1 to %d bytes, had: %d", i, MaxController, len(name))
		}
	}
	s := d.SetBack
	switch {
	case s == nil:
	case len(s.By) == 0 || len(s.By) > MaxController:
		return fmt.Errorf("set_back.by must have 1 to %d bytes, had: %d", MaxController, len(s.By))
	case s.From < 0 || s.To < 0:
		return fmt.Errorf("set_back must have no negative replicas, had: %d and %d", s.From, s.To)
	}
	return nil
}
