package main

import (
	"fmt"
	"strings"

	"prewarm/deploy/prewarm/api"
	"prewarm/shared/event"
	"prewarm/shared/policy"
)

// changes returns what would change the last decision of a function, the strongest first.
// The function has a decision.
//
// The policy keeps the smallest number of replicas k with P(more than k are needed within the
// lookahead) < cost ratio, within the bounds (functions/README.md, Decisions). So the chance
// and the ratio tell how far the decision is from none, and from one replica more; see oneMore.
func changes(f api.Function, paused *bool) []string {
	d := &f.Decisions[0]
	short, in := f.Name, &d.Inputs
	var out []string
	add := func(applies bool, format string, args ...any) {
		if applies {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(paused == nil, "the pause switch can be read again: without it nothing is scaled")
	add(paused != nil && *paused, "prewarm resume: scaling is paused, and nothing is applied")
	add(d.Mode == "observe", "prewarm mode %s active: in mode observe nothing is applied", short)
	add(d.Mode == "off", "prewarm mode %s observe: in mode off nothing is forecast or applied", short)
	out = append(out, byBounds(d)...)
	out = append(out, oneMore(d)...)
	add(d.Wanted > 0 && in.Min == 0 && in.PActive > in.CostRatio, "no replica: a cost ratio above %.2g, or a chance of a call below %s; that is %s", in.PActive, percentOf(in.CostRatio), percentOf(in.PActive))
	add(d.Wanted == 0 && in.PActive > 0, "a first replica: a chance of a call above %s; that is %s", percentOf(in.CostRatio), percentOf(in.PActive))
	add(in.InFlight < 0, "the number of calls in flight is measured: replicas are not released without it")
	add(in.RecentNeed < 0, "the last step is measured: prewarm doctor tells what holds that up")
	add(!in.ReadinessMeasured, "the start time of a replica is measured, at a start from zero: %.1f s are assumed", in.ReadinessSeconds)
	return out
}

// oneMore returns what adds a replica to a decision of the forecast. With a share of the
// function's own history, the chance by the forecast alone does not tell at which ratio. Nor
// does a chance above the ratio: it is an upper bound.
func oneMore(d *event.Decision) []string {
	in := &d.Inputs
	switch {
	case in.PMore <= 0 || d.Wanted >= in.Max:
		return nil
	case strings.Contains(d.Reason, policy.OwnHistory):
		return []string{"one replica more: a lower cost ratio (prewarm.cost-ratio), or a higher need by the forecast or in " + policy.OwnHistory + ": their mean is kept"}
	case in.PMore < in.CostRatio:
		return []string{fmt.Sprintf("one replica more: a cost ratio below %.2g (prewarm.cost-ratio), or a chance that it is needed above %s; that is %s at most", in.PMore, percentOf(in.CostRatio), percentOf(in.PMore))}
	}
	return nil
}

// byBounds returns what changes a decision that ended at a bound of the function.
func byBounds(d *event.Decision) (out []string) {
	in := &d.Inputs
	switch {
	case in.Max > 0 && d.Wanted >= in.Max && scheduled(d, "at most", in.Max):
		out = append(out, fmt.Sprintf("more than %d replicas: raise maxReplicaCount of the period that the reason names (prewarm.schedule, or default_schedule)", in.Max))
	case in.Max > 0 && d.Wanted >= in.Max:
		out = append(out, fmt.Sprintf("more than %d replicas: raise prewarm.max or the label com.openfaas.scale.max", in.Max))
	}
	switch {
	case in.Min > 0 && d.Wanted == in.Min && scheduled(d, "at least", in.Min):
		out = append(out, fmt.Sprintf("fewer than %d: lower minReplicaCount of the period that the reason names (prewarm.schedule, or default_schedule)", in.Min))
	case in.Min > 0 && d.Wanted == in.Min:
		out = append(out, fmt.Sprintf("fewer than %d: lower prewarm.min or the label com.openfaas.scale.min; none: prewarm.zero: \"true\" (not on the community edition)", in.Min))
	}
	return out
}

// scheduled reports whether the reason of a decision states that a schedule set a bound.
func scheduled(d *event.Decision, bound string, replicas int) bool {
	return strings.Contains(d.Reason, fmt.Sprintf("%s %d by the schedule", bound, replicas))
}
