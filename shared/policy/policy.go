// Package policy decides how many replicas of a function should be warm. It is
// a pure function of forecast, state, configuration and time: the scaler and
// the simulator use the same one.
package policy

import (
	"slices"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/forecast/level"
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
	// KeepAlive is the number of steps for which a function without a forecast
	// keeps the replicas that it last needed.
	KeepAlive int
	// MinEvidence is the number of active steps below which a forecast rests on
	// little. Until then a call keeps one replica for as long as idling costs no
	// more than a cold start, 1/CostRatio steps, if the forecast does not keep more
	// or for longer. By itself that costs at most twice what foresight would.
	//
	// Source: Karlin, Manasse, Rudolph, Sleator, "Competitive snoopy caching",
	// Algorithmica 3, 1988 (the rent-or-buy rule).
	MinEvidence int
	// MaxUp and MaxDown are the factors by which replicas may grow and shrink
	// in one step, as Knative's max-scale-up-rate and max-scale-down-rate.
	MaxUp, MaxDown float64
}

// LeastRatio and MostRatio bound the cost ratio.
const (
	LeastRatio = 1e-4
	MostRatio  = 0.9999
)

// DefaultConfig returns the defaults that the README documents.
func DefaultConfig() Config {
	return Config{CostRatio: 0.05, KeepAlive: 10, MinEvidence: 3, MaxUp: 1000, MaxDown: 10}
}

// ReadConfig reads cost_ratio, keep_alive_steps, min_evidence, max_scale_up_rate
// and max_scale_down_rate.
func ReadConfig(r *config.Reader) Config {
	d := DefaultConfig()
	return Config{
		CostRatio:   r.Float("cost_ratio", d.CostRatio, LeastRatio, MostRatio),
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
// Whether there will be calls is the forecast's part. How many replicas they
// take comes from the function's own past where that has enough active steps
// (see level), otherwise from the quantiles of the forecast. What one replica
// carries is known from a load test (see event.Capacity) or follows by Little's
// law.
//
// Scale-in waits: not while the last step is unknown, not below what the calls
// in flight need, and not for less time than a replica takes to start.
func Decide(now time.Time, f *event.Forecast, s State, c Config) Decision {
	f = carried(f)
	ch := choose(now, f, s, c)
	return Decision{Wanted: ch.wanted, Reason: ch.reason(f, s, c), Inputs: ch.inputs(f, s, c)}
}

// Wanted returns Decide's number of replicas without words, which is what a
// simulation of many decisions needs.
func Wanted(now time.Time, f *event.Forecast, s State, c Config) int {
	return choose(now, carried(f), s, c).wanted
}

// rule is what gave a number of replicas.
type rule int

const (
	ruleUnknown rule = iota // the last step has no data
	ruleLate                // the forecast does not reach the present
	ruleKeepAlive
	ruleYoung // fewer steps are known than keep-alive covers
	ruleWarm
	ruleAgain     // a replica released now would be started again at once
	ruleBreakEven // idling since the last call has cost less than a cold start
	ruleRelease
)

// choice is a decision before it is put into words.
type choice struct {
	rule      rule
	look      span
	wanted    int
	first     int     // replicas by the rule, before the bounds
	chance    float64 // of a call within look
	more      float64 // of more than first replicas being needed
	known     int     // steps of keep-alive that are known
	own       bool    // the level comes from the own past
	bounds    [7]bounded
	boundsLen int
}

// choose decides on a forecast that carried has restated.
func choose(now time.Time, f *event.Forecast, s State, c Config) choice {
	ch := choice{look: lookahead(now, f, s.Readiness), wanted: s.Current}
	switch {
	case lastNeed(f) == series.NoData:
		return ch
	case f.NoData == "" && ch.look.from == ch.look.to:
		ch.rule = ruleLate
		return ch
	case f.NoData != "" || f.Evidence == 0:
		ch.keepAlive(f, s, c)
	default:
		ch.fromForecast(f, s, c)
	}
	ch.first = ch.wanted
	ch.bound(f, s, c)
	return ch
}

// keepAlive keeps what the function needed in its last steps. As long as fewer
// of them are known than it covers, nothing is released.
func (ch *choice) keepAlive(f *event.Forecast, s State, c Config) {
	ch.rule, ch.wanted = ruleKeepAlive, 0
	for _, n := range f.Recent[max(0, len(f.Recent)-c.KeepAlive):] {
		ch.wanted = max(ch.wanted, int(n))
		if n != series.NoData {
			ch.known++
		}
	}
	if ch.known < c.KeepAlive && ch.wanted < s.Current {
		ch.rule, ch.wanted = ruleYoung, s.Current
	}
}

// fromForecast weighs the chance of need against the cost ratio. A replica
// that is warm is kept where it would be started again before its start time
// has passed.
func (ch *choice) fromForecast(f *event.Forecast, s State, c Config) {
	ch.rule, ch.chance = ruleWarm, ch.look.pActive(f)
	if ch.chance >= c.CostRatio {
		ch.level(f, c)
		return
	}
	later := span{ch.look.to, min(ch.look.to+steps(s.Readiness, f), len(f.PActive))}
	if again := later.replicas(f, c.CostRatio); s.Current > 0 && again > 0 {
		ch.rule, ch.wanted, ch.more = ruleAgain, min(again, s.Current), ch.chance
		return
	}
	if f.Evidence < c.MinEvidence && calledWithin(f.Recent, c.breakEven()) {
		ch.rule, ch.wanted, ch.more = ruleBreakEven, 1, ch.look.pMore(f, 1)
		return
	}
	ch.rule, ch.wanted, ch.more = ruleRelease, 0, ch.chance
}

// breakEven returns the steps for which a replica idles at the cost of one cold
// start.
func (c Config) breakEven() int { return int(1/c.CostRatio + 1e-9) }

// calledWithin reports whether one of the last steps had calls.
func calledWithin(recent []int32, steps int) bool {
	return slices.ContainsFunc(recent[max(0, len(recent)-steps):], func(n int32) bool { return n > 0 })
}

// level sets the replicas for calls that come with the chance:
//
//	P(need > k) = chance * P(need > k | calls) < cost ratio
//
// At least the median need is kept where calls are worth a replica at all.
func (ch *choice) level(f *event.Forecast, c Config) {
	history, ok := level.New(&f.Observation, ch.look.to)
	if ch.own = ok; !ok {
		ch.wanted = ch.look.replicas(f, c.CostRatio)
		ch.more = ch.look.pMore(f, ch.wanted)
		return
	}
	k, share := history.Replicas(min(0.5, c.CostRatio/ch.chance))
	ch.wanted, ch.more = k, share*ch.chance
}

func lastNeed(f *event.Forecast) int32 {
	if len(f.Recent) == 0 {
		return series.NoData
	}
	return f.Recent[len(f.Recent)-1]
}
