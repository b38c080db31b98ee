package rival

import (
	"math"

	"prewarm/shared/simulate"
)

// Constants of the trial, from the public implementation.
const (
	spesTrialShare = 4   // the last quarter of the history is replayed (days 10 to 12 of 12, valid_split_DAY)
	spesTradeOff   = 0.5 // weight of cold starts against waste (alpha)
	spesFewCold    = 0.1 // cold-start rate up to which the kind with fewest is taken
)

// spesTrial is a kind on trial and what it came to.
type spesTrial struct {
	function spesFunction
	cold     float64 // cold starts per call, +Inf if the kind cannot be tried
	waste    float64 // loaded minutes without calls per minute with calls
}

// assign returns the kind of function f, for which none of the first five fits, with its
// predictions. It is the result of a replay of the last quarter of the history, or without
// calls in it possible, if waiting times repeat, and else unknown.
func (p *SPES) assign(h simulate.History, f, begin, end int) spesFunction {
	s := &p.functions[f]
	if s.last < 0 {
		return spesFunction{links: p.siblings(f)}
	}
	possible := spesFunction{kind: spesPossible, modes: spesRepeatedOf(s.past(begin, end).modes)}
	possible.waits = spesRanges(possible.modes)
	split := end - (end-begin)/spesTrialShare
	calls := 0
	for _, c := range h.Counts(f)[split:] {
		calls += int(max(0, c))
	}
	if s.last < split || calls == 0 {
		if len(possible.waits) > 0 {
			return possible
		}
		return spesFunction{}
	}
	linked := spesFunction{kind: spesCorrelated, links: p.correlated(f, begin, end)}
	trials := []spesTrial{{function: spesFunction{kind: spesPulsed}}, {function: possible}, {function: linked}}
	for i := range trials {
		trials[i].cold, trials[i].waste = math.Inf(1), math.Inf(1)
		if t := trials[i].function; t.kind == spesPulsed || len(t.waits) > 0 || len(t.links) > 0 {
			p.try(&trials[i], s, split, end, calls)
		}
	}
	return spesBest(trials)
}

// try replays function s from a minute to end-1 as the kind on trial.
func (p *SPES) try(trial *spesTrial, s *spesFunction, split, end, calls int) {
	t := trial.function
	for i := range t.links {
		t.links[i].last = p.functions[t.links[i].function].lastBefore(split)
	}
	t.last = s.lastBefore(split)
	t.loaded = t.kind != spesPulsed && (t.last == split-1 || t.soon(split-1))
	cold, waste, used := 0, 0, 0
	for minute := split; minute < end; minute++ {
		for i := range t.links {
			if l := &t.links[i]; p.functions[l.function].called(minute) {
				l.last = minute
			}
		}
		if s.called(minute) {
			if !t.loaded {
				cold++
			}
			used++
			t.last = minute
		} else if t.loaded {
			waste++
		}
		t.decide(minute)
	}
	trial.cold, trial.waste = float64(cold)/float64(calls), float64(waste)/float64(used)
}

// spesBest returns the function of the best trial. One trial a has fewest cold starts, one
// trial b least waste, of equals the first. By the first rule that applies, the best is
//
//   - a, if it is b too;
//   - b, if both have the same cold starts;
//   - a, if both have the same waste, or if its cold starts are few (spesFewCold);
//   - a, if half of the share by which b has more cold starts (spesTradeOff) is at most the
//     share by which a has more waste;
//   - b.
//
// Source: the public implementation.
func spesBest(trials []spesTrial) spesFunction {
	cold, waste := 0, 0
	for i, t := range trials {
		if t.cold < trials[cold].cold {
			cold = i
		}
		if t.waste < trials[waste].waste {
			waste = i
		}
	}
	a, b := trials[cold], trials[waste]
	switch {
	case cold == waste:
		return a.function
	case a.cold == b.cold:
		return b.function
	case a.waste == b.waste, a.cold <= spesFewCold, spesTradeOff*(b.cold-a.cold)/a.cold <= (a.waste-b.waste)/b.waste:
		return a.function
	}
	return b.function
}
