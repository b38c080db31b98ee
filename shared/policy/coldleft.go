package policy

import (
	"math"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// keepAliveSteps is the keep-alive under which event.Forecast.ExpectedCold counts.
const keepAliveSteps = 10

// coldLeft returns the expected number of cold starts in the steps of f if the policy
// goes on as the forecast says: the calls that find the function without a warm replica.
// It walks the horizons h from now on, with the probability p(h) of a call:
//
//	walk = Σ_h p(h) · cold(h) · Π_{i=1..k} (1 - p(h-i)),  left = walk · √min(1, ExpectedCold / kept)
//
// cold(h) is 1 if no replica is kept in step h (keeps), else 0. The product is the
// probability that no call of the forecast came in the k steps before: a call keeps a
// replica for k steps, the shorter of keep-alive and of the time that costs as much as a
// cold start: the forecast after such a call is not known. Calls before now are not in the
// product, because the decision and p(h) rest on them already.
//
// The walk takes steps as independent, and so predicts too many cold starts: calls come in
// bursts. kept is the walk under keep-alive, for which ExpectedCold is the trained
// estimate, so that their quotient shows how much too many. The whole quotient would make
// left too low, as keep-alive covers bursts better than this policy. left is the geometric
// mean of the walk with and without the quotient.
//
// Limits: later forecasts are more certain than this one, so that their probabilities lie
// further from the cost ratio; the walk does not know them. Only the first replica counts,
// as in ExpectedCold. left is 0 without a forecast. The total of many functions is meant
// to be right within a factor of two; a test in models/simulate compares it with what
// happens on a trace.
func (ch *choice) coldLeft(f *event.Forecast, s State, c Config) float64 {
	if f.NoData != "" {
		return 0
	}
	warm := func(h int) bool { return ch.keeps(h, f, s, c) }
	left := coldWalk(f.PActive, nil, min(c.KeepAlive, c.breakEven()), ch.lookahead.from, warm)
	kept := coldWalk(f.PActive, f.Recent, keepAliveSteps, 0, func(int) bool { return false })
	if kept > f.ExpectedCold {
		left *= math.Sqrt(f.ExpectedCold / kept)
	}
	return math.Round(1e4*left) / 1e4
}

// keeps reports whether a replica is warm in step h, without a call after now: within the
// lookahead by this decision, later if a call within a lookahead from h is as likely as
// the cost ratio. A schedule is known until its minimum ends.
func (ch *choice) keeps(h int, f *event.Forecast, s State, c Config) bool {
	kept := s.Min > 0 || s.scheduled(h, f)
	if kept || h < ch.lookahead.to {
		return kept || ch.wanted > 0
	}
	length := ch.lookahead.to - ch.lookahead.from
	ahead := horizons{h, min(h+length, len(f.PActive))}
	return ahead.pActive(f) >= c.CostRatio
}

// coldWalk returns the expected number of steps from first on whose call finds no replica:
// warm is false for the step, and no call came in the keep steps before. p are the
// probabilities of a call; recent are the needs before p[0], used if first is 0.
func coldWalk(p []event.Prob, recent []int32, keep, first int, warm func(h int) bool) float64 {
	sum := 0.0
	for h := first; h < len(p); h++ {
		cold := float64(p[h])
		if warm(h) {
			continue
		}
		for i := 1; i <= keep && cold > 0; i++ {
			switch at := len(recent) + h - i; {
			case h-i >= first:
				cold *= 1 - float64(p[h-i])
			case at >= 0 && at < len(recent) && recent[at] != series.NoData && recent[at] > 0:
				cold = 0
			}
		}
		sum += cold
	}
	return sum
}

// breakEven returns the number of steps for which one replica idles at the cost of one
// cold start. The small term makes up for a rounding error of the quotient.
func (c Config) breakEven() int { return int(1/c.CostRatio + 1e-9) }
