package scaler

import (
	"fmt"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// decide asks the policy, and determines whether the gateway has to be called.
func (s *Scaler) decide(fn openfaas.Function, f *event.Forecast, b surroundings) *action {
	x := s.subject(fn, f, b)
	state := x.policyState()
	state.Raised, state.Called = x.raised, x.called()
	p, limits, v := s.settle(x, state)
	d := x.decision(p, f.Origin, p.Reason+x.remarks())
	d.SetBack = v.found
	if b.paused != "" {
		pause(&d, b.paused)
	}
	// Before the call, because HPA and KEDA act on the metric on their own, even if
	// a gateway call fails.
	s.metrics.export(&d, f.NoData == "")
	s.learn(x.state, f, x.acts)
	target, call := x.target(&d)
	return &action{
		Decision: d, state: x.state, target: target, call: call, timedOut: x.state.timedOut,
		least: x.scaling.MinActive, limits: limits, open: v.open,
	}
}

// surroundings is what is the same for all functions of a batch.
type surroundings struct {
	operator
	edition openfaas.Edition
}

// subject is a function at the time of a decision.
type subject struct {
	fn        openfaas.Function
	f         *event.Forecast
	scaling   openfaas.Scaling
	problem   string // begin of the reason
	annotated string // of event.Decision
	others    []string
	state     *functionState
	now       time.Time
	scheduled *policy.Scheduled
	readiness time.Duration // P90 of the start time
	measured  bool          // false: readiness is assumed
	prices    *event.Prices // that the cost ratio comes from, nil if somebody has set it
	raised    bool          // of policy.State
	acts      bool          // the mode is active, and the suite is not paused
}

// subject reads the settings of a function.
func (s *Scaler) subject(fn openfaas.Function, f *event.Forecast, b surroundings) *subject {
	x := &subject{fn: fn, f: f, state: s.state.function(fn.Name), now: s.now()}
	x.scaling, x.problem = s.cfg.scaling(fn, b.edition)
	plan, err := s.plans.of(fn.Annotations, s.cfg.Schedule)
	if err != nil {
		x.unreadable(err)
	}
	x.annotated = b.override(fn, &x.scaling, s.cfg.Mode, x.problem == "")
	x.others = fn.Others(b.edition, x.scaling.Actuator)
	x.raised = x.state.raised(fn.Replicas)
	x.acts = x.scaling.Mode == openfaas.ModeActive && b.paused == ""
	x.readiness, x.measured = s.starts.p90(fn.Name)
	x.price(s.views.memory(), s.cfg.Policy.WaitPrice)
	x.scheduled = plan.At(x.now, x.lead(s.cfg.Delay))
	return x
}

// policyState returns what every decision about the function rests on.
func (x *subject) policyState() policy.State {
	return policy.State{
		Current: x.fn.Replicas, Available: x.fn.Available, Min: x.scaling.Min, MinActive: x.scaling.MinActive, Max: x.scaling.Max,
		IdlerTakes: x.idlerTakes(), Concurrency: x.scaling.Concurrency, Readiness: x.readiness, Schedule: x.scheduled,
	}
}

// decision returns what is on record of a decision of the policy, before any call.
func (x *subject) decision(p policy.Decision, step int64, reason string) event.Decision {
	// The policy may have added the delay of another controller. The decision has the
	// readiness time alone, because it is restored from there after a restart.
	p.Inputs.ReadinessSeconds, p.Inputs.ReadinessMeasured, p.Inputs.Prices = x.readiness.Seconds(), x.measured, x.prices
	p.Inputs.Started, p.Inputs.MemoryBytes = x.state.started(x.fn.Replicas), x.fn.MemoryBytes
	return event.Decision{
		Function: x.fn.Name, Step: step, Time: x.now.UTC(),
		Mode: string(x.scaling.Mode), Actuator: string(x.scaling.Actuator), Direction: p.Direction(x.fn.Replicas),
		Current: x.fn.Replicas, Available: x.fn.Available, Wanted: p.Wanted, Applied: -1, Observed: -1,
		Reason: x.problem + reason, Inputs: p.Inputs, Annotated: x.annotated, Others: x.others,
	}
}

// called returns the replicas that calls have needed since the begin of the last step, by the
// watch: of the step in progress, the forecast does not know them, and of the last one, no
// scrape may have shown them.
func (x *subject) called() int {
	return x.state.lastRaise.since(time.Unix(x.f.Origin-int64(x.f.StepSeconds), 0))
}

// target returns the replicas that the gateway is asked for, and whether it has to be
// called. Observed functions get a decision and no call: the dashboard can compare it with
// what happened. OpenFaaS' autoscaler neither takes the last replica away nor brings the
// first ones back, so that both are up to prewarm.
func (x *subject) target(d *event.Decision) (replicas int, call bool) {
	switch {
	case x.scaling.Mode != openfaas.ModeActive || d.Wanted == d.Current:
		return 0, false
	case x.scaling.Actuator == openfaas.ActuatorOpenFaaS && d.Current == 0:
		return min(d.Wanted, x.scaling.MinActive), true
	case x.scaling.Actuator == openfaas.ActuatorOpenFaaS:
		return 0, d.Wanted == 0
	}
	return d.Wanted, !delegated(x.scaling)
}

// remarks returns what a reason adds about the function itself.
func (x *subject) remarks() string {
	var b strings.Builder
	if x.fn.Available == 0 && x.fn.Replicas > 0 {
		fmt.Fprintf(&b, "; no replica is ready: %d of %d are starting", x.fn.Replicas, x.fn.Replicas)
	}
	if x.scaling.Actuator == openfaas.ActuatorOpenFaaS && strings.TrimSpace(x.fn.Labels[openfaas.LabelType]) != openfaas.TypePrewarm {
		fmt.Fprintf(&b, "; OpenFaaS' autoscaler does not follow: the label %s: %s is missing", openfaas.LabelType, openfaas.TypePrewarm)
	}
	return b.String() + x.priceRemark()
}

// pause makes d keep the current replicas: the wanted number becomes the current one, so
// that neither this scaler nor an HPA that reads the metric changes anything. The reason
// says why, and keeps what the policy would have done.
func pause(d *event.Decision, why string) {
	d.Wanted, d.Direction, d.Reason = d.Current, "hold", why+"; "+d.Reason
	// Replicas that stay have no cold starts. Without any, the expected ones all remain: the
	// gateway starts the first replica when a call comes.
	if d.Inputs.ExpectedColdLeft = 0; d.Current == 0 {
		d.Inputs.ExpectedColdLeft = d.Inputs.ExpectedCold
	}
}

// scaling reads the labels and annotations of a function. If one of them cannot be
// read, the mode is observe or off, and problem begins the reason of the decision.
func (c Config) scaling(fn openfaas.Function, e openfaas.Edition) (scaling openfaas.Scaling, problem string) {
	scaling, err := fn.Scaling(openfaas.Scaling{Mode: c.Mode, CostRatio: c.Policy.CostRatio, Concurrency: c.Concurrency, Edition: e})
	if err != nil {
		problem = problemOf(err)
	}
	return scaling, problem
}

// problemOf begins the reason of a decision whose settings cannot be read.
func problemOf(err error) string {
	return shorten(fmt.Sprintf("settings: %v", err), maxProblem) + ": observed only; "
}

// delegated reports whether another controller sets the replicas.
func delegated(s openfaas.Scaling) bool { return s.Actuator != openfaas.ActuatorGateway }

// unlimited is a rate of change that no number of replicas reaches in one step.
const unlimited = 1e6

// askPolicy asks the policy. If another controller sets the replicas, it has rates
// and delays of its own: the policy then states the need instead of the next change,
// and its lookahead includes the time that the controller takes to act.
func (s *Scaler) askPolicy(now time.Time, f *event.Forecast, scaling openfaas.Scaling, state policy.State) policy.Decision {
	c := s.cfg.Policy
	c.CostRatio = scaling.CostRatio
	if delegated(scaling) {
		c.MaxUp, c.MaxDown = unlimited, unlimited
		state.Raised = false
		state.Readiness += s.cfg.Delay
	}
	return policy.Decide(now, f, state, c)
}

// Bounds of the texts of one decision, in bytes. Annotations may be long, and the
// decisions of a batch must fit into one message.
const (
	maxProblem = 300
	maxReason  = 800
)

// shorten cuts a text that has more than most bytes.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	// The cut may split a character; an invalid tail would not survive JSON.
	return strings.ToValidUTF8(text[:most], "") + "..."
}
