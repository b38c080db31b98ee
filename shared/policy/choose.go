package policy

import (
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// rule is the rule that determined the number of replicas.
type rule int

const (
	ruleUnknown      rule = iota // the last step has no data: hold
	ruleLate                     // the forecast ends before now: hold
	ruleKeepAlive                // no forecast: keep what the last steps needed
	ruleShortHistory             // keep-alive, but fewer steps are known than it covers: release nothing
	ruleWarm                     // a call is likely: keep what it needs
	ruleNeededAgain              // a released replica would be needed before it could be ready again: keep
	ruleRelease                  // a call is unlikely: release
	ruleCalls                    // between two steps, calls in flight and in the queue: add what they need
)

// choice is a decision in numbers, before its reason is put into words.
type choice struct {
	rule       rule
	lookahead  horizons
	wanted     int
	byRule     int     // wanted before the bounds
	active     float64 // probability of a call within the lookahead
	more       float64 // upper bound on the probability that more than byRule replicas are needed
	known      int     // steps with data among those that keep-alive covers
	ownHistory bool    // the function's own history has a share in the level
	instead    int     // what the cost ratio alone gives, if the current replicas stay although that differs; 0 if not
	demanded   bool    // calls that wait need more replicas than the rule keeps
	bounds     []appliedBound
}

// choose picks the rule for a forecast that restated has converted, and bounds its
// number of replicas.
func choose(now time.Time, f *event.Forecast, s State, c Config) choice {
	ch := choice{lookahead: lookahead(now, f, s.Readiness), wanted: s.Current}
	switch {
	case lastNeed(f) == series.NoData:
		ch.hold(ruleUnknown, s)
		return ch
	case f.NoData == "" && ch.lookahead.from == ch.lookahead.to:
		ch.hold(ruleLate, s)
		return ch
	case f.NoData != "" || f.Evidence == 0:
		ch.keepAlive(f, s, c)
	default:
		ch.fromForecast(f, s, c)
	}
	ch.byRule = ch.wanted
	ch.applyBounds(f, s, c)
	return ch
}

// keepAlive keeps the largest need of the last c.KeepAlive steps. If fewer steps are
// known, it releases nothing.
func (ch *choice) keepAlive(f *event.Forecast, s State, c Config) {
	ch.rule, ch.wanted = ruleKeepAlive, 0
	for _, n := range f.Recent[max(0, len(f.Recent)-c.KeepAlive):] {
		ch.wanted = max(ch.wanted, int(n))
		if n != series.NoData {
			ch.known++
		}
	}
	if ch.known < c.KeepAlive && ch.wanted < s.Current {
		ch.rule, ch.wanted = ruleShortHistory, s.Current
	}
}

// fromForecast compares the probability of a call with the cost ratio, however few calls
// the forecast rests on: forecasts of functions that were hardly called are calibrated too.
func (ch *choice) fromForecast(f *event.Forecast, s State, c Config) {
	ch.active = ch.lookahead.pActive(f)
	if ch.active >= c.CostRatio {
		ch.rule = ruleWarm
		ch.setLevel(f, s, c)
		return
	}
	ch.rule, ch.wanted, ch.more = ruleRelease, 0, ch.active
	again := ch.lookahead.next(s.Readiness, f).replicas(f, c.CostRatio)
	if s.Current > 0 && again > 0 {
		ch.rule, ch.wanted = ruleNeededAgain, min(again, s.Current)
	}
}

// lastNeed returns the need of the last step before the origin, series.NoData if
// it is unknown.
func lastNeed(f *event.Forecast) int32 {
	if len(f.Recent) == 0 {
		return series.NoData
	}
	return f.Recent[len(f.Recent)-1]
}
