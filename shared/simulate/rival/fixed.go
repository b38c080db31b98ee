package rival

import (
	"math"

	"prewarm/shared/score"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
)

// stepSeconds is the length of a step of the simulation.
const stepSeconds = 60

// rum returns the RUM of one step of a function, by which the policies of this package compare
// what they could have done. The unused part of needed minutes is left out: it is the same
// whatever is kept warm.
func rum(s score.Step, f simulate.Function) float64 {
	idle := f.MemoryMB / measure.MBPerGB * stepSeconds * float64(s.Idle())
	return measure.ColdStartSeconds*float64(s.Cold()) + idle/measure.GBsPerSecond
}

// fixedLengths are the lengths that BestFixed chooses among, in minutes. Our choice.
var fixedLengths = [...]int{0, 1, 2, 5, 10, 20, 60, 120}

// BestFixed keeps each function warm as the fixed keep-alive that had the lowest RUM on all
// earlier minutes of the same function. It chooses anew in each minute: follow the leader
// over keep-alives of 0, 1, 2, 5, 10, 20, 60 and 120 minutes. Of equal ones the shortest
// counts, so that nothing is kept that has never paid.
//
// Source: none; it is the best that a fixed keep-alive per function can learn. The RUM is that of
// FeMux (EuroSys 2026).
type BestFixed struct{ functions []fixedFunction }

// fixedFunction is one function with what each length keeps warm.
type fixedFunction struct {
	warm [len(fixedLengths)]int32   // in the minute that is to come
	cost [len(fixedLengths)]float64 // RUM of the minutes before
}

// NewBestFixed returns the policy for w.
func NewBestFixed(w *simulate.Workload) *BestFixed {
	return &BestFixed{make([]fixedFunction, len(w.Functions))}
}

// Name implements simulate.Policy.
func (*BestFixed) Name() string { return "fixed-best" }

// Warm implements simulate.Policy.
func (p *BestFixed) Warm(warm []int32, h simulate.History) {
	for f := range warm {
		s := &p.functions[f]
		s.observe(h, f)
		warm[f] = s.decide(h.Need(f))
	}
}

// observe adds the cost of the last minute, if it has data.
func (s *fixedFunction) observe(h simulate.History, f int) {
	step, ok := lastStep(h, f)
	if !ok {
		return
	}
	for i := range s.cost {
		step.Warm = int(s.warm[i])
		s.cost[i] += rum(step, h.Function(f))
	}
}

// decide returns what the cheapest length keeps warm after these needs.
func (s *fixedFunction) decide(needs []int32) int32 {
	best := 0
	for i, k := range fixedLengths {
		s.warm[i] = score.KeepAlive(needs, k)
		if s.cost[i] < s.cost[best] {
			best = i
		}
	}
	return s.warm[best]
}

// lastStep returns need and held replicas of the minute before h.Minute(). It is not ok if
// there is none, or if nothing of it is known.
func lastStep(h simulate.History, f int) (score.Step, bool) {
	m := h.Minute() - 1
	if m < 0 || h.Counts(f)[m] == series.NoData {
		return score.Step{}, false
	}
	return score.Step{Need: int(h.Need(f)[m]), Held: held(h, f, m)}, true
}

// held returns the replicas on which calls of minutes before m still run in minute m.
func held(h simulate.History, f, m int) int {
	d := h.Function(f).Duration
	if d <= stepSeconds {
		return 0
	}
	first := m - int(math.Min(d/stepSeconds, float64(m))) // earlier calls have ended
	all := series.Held(nil, h.Counts(f)[first:m+1], d, stepSeconds, float64(h.Concurrency()))
	return int(all[m-first])
}
