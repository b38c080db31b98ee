// Package policy decides how many replicas of a function should be warm. It is
// a pure function of forecast, state, configuration and time: the scaler and
// the simulator use the same one.
package policy

import (
	"fmt"
	"math"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Config holds what the operator sets. The zero value is not usable; see
// DefaultConfig.
type Config struct {
	// CostRatio is the cost of one idle replica-step over the cost of one cold
	// start, above 0 and below 1. A replica is kept warm where the chance that
	// it is needed reaches this ratio: the expected cost of a cold start is
	// then no less than that of idling.
	CostRatio float64
	// KeepAlive is the number of steps for which a function without evidence
	// keeps the replicas that it last needed.
	KeepAlive int
	// MinEvidence is the number of active steps below which a function has no
	// evidence yet.
	MinEvidence int
	// MaxUp and MaxDown are the factors by which replicas may grow and shrink
	// in one step, as Knative's max-scale-up-rate and max-scale-down-rate.
	MaxUp, MaxDown float64
}

// DefaultConfig returns the defaults that the README documents.
func DefaultConfig() Config {
	return Config{CostRatio: 0.05, KeepAlive: 10, MinEvidence: 3, MaxUp: 1000, MaxDown: 2}
}

// ReadConfig reads cost_ratio, keep_alive_steps, min_evidence, max_scale_up_rate
// and max_scale_down_rate.
func ReadConfig(r *config.Reader) Config {
	d := DefaultConfig()
	return Config{
		CostRatio:   r.Float("cost_ratio", d.CostRatio, 1e-4, 0.9999),
		KeepAlive:   r.Int("keep_alive_steps", d.KeepAlive, 1, 60),
		MinEvidence: r.Int("min_evidence", d.MinEvidence, 1, 60),
		MaxUp:       r.Float("max_scale_up_rate", d.MaxUp, 1.01, 1e6),
		MaxDown:     r.Float("max_scale_down_rate", d.MaxDown, 1.01, 1e6),
	}
}

// State is what is known of the function besides its forecast.
type State struct {
	Current     int           // replicas desired now
	Min         int           // fewest replicas that are allowed, 0 where scale to zero is
	MinActive   int           // fewest replicas where there are any (label com.openfaas.scale.min)
	Max         int           // most replicas that are allowed
	Raised      bool          // somebody else raised Current since the last decision: a call that woke the function, or another controller
	Concurrency float64       // calls that one replica serves at a time
	Readiness   time.Duration // P90 of the time from a scale-up to ready
}

// Decision is the number of replicas to keep warm, and why.
type Decision struct {
	Wanted int
	Reason string
	Inputs event.Inputs
}

// Direction names the move from current to Wanted: up, down or hold.
func (d Decision) Direction(current int) string {
	switch {
	case d.Wanted > current:
		return "up"
	case d.Wanted < current:
		return "down"
	}
	return "hold"
}

// Decide returns the smallest number of replicas for which the probability
// that more are needed, before a later decision could take effect, is below
// the cost ratio. now must not lie before the forecast's origin.
//
// Scale-in waits: not while the last step is unknown, not to zero while calls
// are in flight, not below the need of the last step, and not for less time
// than a replica takes to start.
func Decide(now time.Time, f *event.Forecast, s State, c Config) Decision {
	look := lookahead(now, f, s.Readiness)
	in := event.Inputs{
		CostRatio: c.CostRatio, LookaheadSteps: look.to, ReadinessSeconds: s.Readiness.Seconds(),
		RecentNeed: lastNeed(f), InFlight: f.InFlight, Min: s.Min, Max: s.Max, ExpectedCold: f.ExpectedCold,
	}
	if in.RecentNeed == series.NoData {
		return Decision{s.Current, "the last step has no data: hold", in}
	}
	if f.NoData == "" && look.from == look.to {
		return Decision{s.Current, "the forecast is older than it looks ahead: hold", in}
	}
	var d Decision
	if f.NoData != "" || f.Evidence < c.MinEvidence {
		d = keepAlive(f, s, c)
	} else {
		d = fromForecast(f, look, s, c)
		in.PActive, in.PMore = look.pActive(f), look.pMore(f, d.Wanted)
	}
	d = bound(d, in, s, c)
	d.Inputs = in
	return d
}

// keepAlive keeps what the function needed in its last steps. As long as fewer
// of them are known than it covers, nothing is released.
func keepAlive(f *event.Forecast, s State, c Config) Decision {
	why := fmt.Sprintf("%d active steps seen, %d are needed", f.Evidence, c.MinEvidence)
	if f.NoData != "" {
		why = f.NoData
	}
	most, known := 0, 0
	for _, n := range f.Recent[max(0, len(f.Recent)-c.KeepAlive):] {
		most = max(most, int(n))
		if n != series.NoData {
			known++
		}
	}
	if known < c.KeepAlive && most < s.Current {
		return Decision{Wanted: s.Current, Reason: fmt.Sprintf("%s: keep-alive, %d of its %d steps are known", why, known, c.KeepAlive)}
	}
	return Decision{Wanted: most, Reason: fmt.Sprintf("%s: keep-alive of %d steps", why, c.KeepAlive)}
}

// fromForecast weighs the chance of need against the cost ratio. A replica
// that is warm is kept where it would be started again before its start time
// has passed.
func fromForecast(f *event.Forecast, look span, s State, c Config) Decision {
	k := look.replicas(f, c.CostRatio)
	p := 100 * look.pActive(f)
	if k > 0 {
		return Decision{Wanted: k, Reason: fmt.Sprintf("chance of a call within %d steps is %.1f %%, cost ratio %.1f %%: %d warm", look.to, p, 100*c.CostRatio, k)}
	}
	later := span{look.to, min(look.to+steps(s.Readiness, f), len(f.PActive))}
	if again := later.replicas(f, c.CostRatio); s.Current > 0 && again > 0 {
		return Decision{Wanted: min(again, s.Current), Reason: fmt.Sprintf("a call is likely before a replica released now could start again (%.1f s): keep", s.Readiness.Seconds())}
	}
	return Decision{Reason: fmt.Sprintf("chance of a call within %d steps is %.1f %%, below the cost ratio %.1f %%: release", look.to, p, 100*c.CostRatio)}
}

// bound applies the load of now, the rate limits and the function's limits, in
// this order, and says so where one of them changed the number.
func bound(d Decision, in event.Inputs, s State, c Config) Decision {
	floor := int(in.RecentNeed)
	if in.InFlight > 0 {
		floor = max(floor, int(math.Ceil(float64(in.InFlight)/s.Concurrency)))
	}
	if floor = min(floor, s.Current); d.Wanted < floor {
		d.Wanted, d.Reason = floor, fmt.Sprintf("%s; but the present load needs %d", d.Reason, floor)
	}
	if s.Raised && d.Wanted < s.Current {
		d.Wanted, d.Reason = s.Current, d.Reason+"; but a call or another controller raised it since the last step: hold"
	}
	if in.InFlight < 0 && d.Wanted < s.Current {
		d.Wanted, d.Reason = s.Current, d.Reason+"; but calls in flight are unknown: hold"
	}
	if most := int(math.Ceil(float64(max(s.Current, 1)) * c.MaxUp)); d.Wanted > most {
		d.Wanted, d.Reason = most, fmt.Sprintf("%s; limited to %d by the scale-up rate", d.Reason, most)
	}
	if least := int(float64(s.Current) / c.MaxDown); d.Wanted < least {
		d.Wanted, d.Reason = least, fmt.Sprintf("%s; limited to %d by the scale-down rate", d.Reason, least)
	}
	return limits(d, s)
}

func limits(d Decision, s State) Decision {
	low := s.Min
	if d.Wanted > 0 {
		low = max(low, s.MinActive)
	}
	if d.Wanted < low {
		d.Wanted, d.Reason = low, fmt.Sprintf("%s; at least %d by the function's limits", d.Reason, low)
	}
	if d.Wanted > s.Max {
		d.Wanted, d.Reason = s.Max, fmt.Sprintf("%s; at most %d by the function's limits", d.Reason, s.Max)
	}
	return d
}

func lastNeed(f *event.Forecast) int32 {
	if len(f.Recent) == 0 {
		return series.NoData
	}
	return f.Recent[len(f.Recent)-1]
}
