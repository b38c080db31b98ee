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
func (s *Scaler) decide(fn openfaas.Function, f *event.Forecast, op operator) *action {
	now, state := s.now(), s.state.function(fn.Name)
	scaling, problem := s.cfg.scaling(fn)
	annotated := op.override(fn, &scaling, s.cfg.Mode, problem == "")
	// update comes before narrow: a number that was set back may teach a limit that
	// applies to this decision.
	started, raised := state.started(fn.Replicas), state.update(fn.Replicas, now)
	low, high := state.limits.narrow(scaling.Min, scaling.Max, now)
	readiness, measured := s.starts.p90(fn.Name)
	p := s.askPolicy(now, f, scaling, policy.State{
		Current: fn.Replicas, Available: fn.Available, Min: low, MinActive: max(low, min(scaling.MinActive, high)), Max: high,
		Raised: raised, Concurrency: scaling.Concurrency, Readiness: readiness,
	})
	// The policy may have added the delay of another controller. The decision has the
	// readiness time alone, because it is restored from there after a restart.
	p.Inputs.ReadinessSeconds, p.Inputs.ReadinessMeasured = readiness.Seconds(), measured
	p.Inputs.Started, p.Inputs.MemoryBytes = started, fn.MemoryBytes
	d := event.Decision{
		Function: fn.Name, Step: f.Origin, Time: now.UTC(),
		Mode: string(scaling.Mode), Actuator: string(scaling.Actuator), Direction: p.Direction(fn.Replicas),
		Current: fn.Replicas, Available: fn.Available, Wanted: p.Wanted, Applied: -1, Observed: -1,
		Reason: problem + p.Reason, Inputs: p.Inputs, Annotated: annotated,
	}
	if op.paused {
		pause(&d)
	}
	// Before the call, because HPA and KEDA act on the metric on their own, even if
	// a gateway call fails.
	s.metrics.export(&d, f.NoData == "")
	// Observed functions get a decision and no call: the dashboard can compare it
	// with what happened.
	call := scaling.Mode == openfaas.ModeActive && d.Wanted != d.Current && !delegated(scaling)
	return &action{Decision: d, state: state, call: call}
}

// pause makes d keep the current replicas: the wanted number becomes the current one, so
// that neither this scaler nor an HPA that reads the metric changes anything. The reason
// keeps what the policy would have done.
func pause(d *event.Decision) {
	d.Wanted, d.Direction, d.Reason = d.Current, "hold", "paused by the operator; "+d.Reason
	// Replicas that stay have no cold starts. Without any, the expected ones all remain: the
	// gateway starts the first replica when a call comes.
	if d.Inputs.ExpectedColdLeft = 0; d.Current == 0 {
		d.Inputs.ExpectedColdLeft = d.Inputs.ExpectedCold
	}
}

// scaling reads the labels and annotations of a function. If one of them cannot be
// read, the mode is observe or off, and problem begins the reason of the decision.
func (c Config) scaling(fn openfaas.Function) (scaling openfaas.Scaling, problem string) {
	scaling, err := fn.Scaling(openfaas.Scaling{Mode: c.Mode, CostRatio: c.Policy.CostRatio, Concurrency: c.Concurrency})
	if err != nil {
		problem = shorten(fmt.Sprintf("settings: %v", err), maxProblem) + ": observed only; "
	}
	return scaling, problem
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
