package rival

import "prewarm/shared/simulate"

// Constants of SPES. Names in brackets are those of the public implementation, whose
// values they have.
const (
	spesPreWarm      = 2            // minutes before a predicted call at which a function is loaded (PRE_WARM, the paper's θ_prewarm)
	spesMemory       = 12 * 24 * 60 // minutes of the past that the categories rest on: the paper's 12 days of training
	spesCategorise   = 60           // minutes between two categorisations; the paper has one. Our choice
	spesAdaptAfter   = 5            // waiting times since the last categorisation from which predictions are adapted
	spesMostDistance = 2.0          // largest distance from the usual waiting time of a regular function (EN_STD)
)

// SPES keeps each function warm by the pattern of its past calls. A waiting time is the
// number of minutes without calls between two runs of minutes with calls. Functions of
// some kinds have likely waiting times, which predict their next call: such a function is
// loaded two minutes before the prediction. A function is unloaded after so many minutes
// without a call as its kind is given, unless a call is predicted.
//
//	kind            rule, in this order                                     predicted waiting times   given up after
//	always warm     fewer than 1/1000 of the minutes without calls          -                         never
//	regular         P95 - P5 of the waiting times below 1, or CV <= 0.01    median ± min(std, 2)      1
//	appro-regular   the 3 commonest waiting times are 90 % of all           those of more than 10 %   1
//	dense           P90 of the waiting times below 5                        range of repeated ones    5
//	successive      each run lasts 10 minutes, or each has 11 calls         -                         1
//	pulsed          by trial                                                -                         3
//	possible        by trial; waiting times that repeat                     the 5 commonest of them   1
//	correlated      by trial; calls follow those of another function        those of the others       1
//	newly possible  unknown, and waiting times repeat since then            the 5 commonest of them   1
//	unknown         any other                                               -                         1
//
// If none of the first five fits, older history is forgotten, twelfth by twelfth up to the
// half. The three kinds by trial are replayed on the last quarter of the history; the one
// with fewest cold starts and least waste is taken.
//
// Source: Lee et al., "SPES: Towards Optimizing Performance-Resource Trade-Off for
// Serverless Functions", ICDE 2024, arXiv 2403.17574, and for the constants the public
// implementation, github.com/BEbillionaireUSD/SPES. It differs in these:
//
//   - The paper categorises once, on 12 days, and runs on the 2 days after them. Here
//     functions are categorised each hour from the minutes before, 12 days at most. In a
//     trace of one day the categories rest on hours: rare functions stay unknown.
//   - Waiting times at both ends of the history, which are cut off, never count. The
//     implementation drops them for regular functions only.
//   - The paper has one instance per function. Here a warm function has the need of its
//     last minute with calls.
//   - A minute counts as one with calls if replicas are needed, so a call that runs for
//     minutes is no waiting time.
//   - Correlations rest on the whole history. The implementation leaves out what it has
//     forgotten of the other function.
//   - A newly possible function is predicted from the call that makes it one. The
//     implementation predicts it from the next call on.
type SPES struct {
	functions []spesFunction
	groups    [][]int  // function: others of its owner or application
	triggers  []string // function: its trigger, "" if unknown
}

// NewSPES returns the policy for w.
func NewSPES(w *simulate.Workload) *SPES {
	p := &SPES{functions: make([]spesFunction, len(w.Functions)), groups: spesGroups(w.Functions)}
	for _, d := range w.Functions {
		p.triggers = append(p.triggers, d.Trigger)
	}
	for f := range p.functions {
		p.functions[f] = spesFunction{last: -1, level: 1, links: p.siblings(f)}
	}
	return p
}

// Name implements simulate.Policy.
func (*SPES) Name() string { return "spes" }

// Warm implements simulate.Policy.
func (p *SPES) Warm(warm []int32, h simulate.History) {
	minute := h.Minute() - 1 // the last one that is known
	if minute < 0 {
		return
	}
	for f := range p.functions {
		p.functions[f].observe(minute, h.Need(f)[minute], h.Counts(f)[minute])
	}
	if h.Minute()%spesCategorise == 0 {
		p.categorise(h)
	}
	for f := range p.functions {
		s := &p.functions[f]
		p.follow(s, minute)
		s.decide(minute)
		if s.loaded {
			warm[f] = s.level
		}
	}
}

// follow copies the last calls of the functions that s is linked to. The links of an
// unknown function are to its siblings: at each of its calls, those that have fewer minutes
// in common with it than the best one are dropped.
func (p *SPES) follow(s *spesFunction, minute int) {
	for i := range s.links {
		link := &s.links[i]
		other := &p.functions[link.function]
		link.last = other.last
		if s.kind == spesCorrelated {
			link.waits = other.waits
		}
		if s.last == minute && link.last == minute {
			link.joint++
		}
	}
	if s.kind == spesUnknown && s.last == minute {
		s.links = spesDropWorse(s.links)
	}
}

// categorise gives each function its kind, from the history.
func (p *SPES) categorise(h simulate.History) {
	end := h.Minute()
	begin := max(0, end-spesMemory)
	for f := range p.functions {
		p.functions[f].categorise(begin, end)
	}
	// All trials are made before any function takes a kind from them, so that their
	// result does not depend on the order of the functions.
	chosen := make([]spesFunction, len(p.functions))
	for f := range p.functions {
		if s := &p.functions[f]; s.kind == spesUnknown {
			chosen[f] = p.assign(h, f, begin, end)
		}
	}
	for f, c := range chosen {
		if s := &p.functions[f]; s.kind == spesUnknown {
			s.kind, s.modes, s.waits, s.links = c.kind, c.modes, c.waits, c.links
		}
	}
}
