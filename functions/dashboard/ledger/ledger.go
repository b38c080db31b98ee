// Package ledger sums cold starts and idle time from the decisions of the
// scaler, and compares them with keep-alive.
//
// Each decision states the need of the step before it. Decisions alone are
// therefore enough, and a week can be counted again from the stream after a
// restart.
package ledger

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"

	"prewarm/shared/event"
	"prewarm/shared/score"
)

// The ledger keeps sums of five steps for an hour of steps, and sums of an hour
// for a week.
const (
	hourSteps = 60
	fineSteps = 5
	fineCells = hourSteps / fineSteps
	hourCells = 7 * 24
)

// Ledger holds the sums of at most limit functions. Its methods may be called
// by several goroutines at a time.
type Ledger struct {
	mu          sync.Mutex
	stepSeconds int64
	keepAlive   int // steps
	limit       int
	accounts    map[string]*account // by function
	first       int64               // begin of the first counted step, Unix seconds, 0 for none
	newest      int64               // begin of the newest counted step
}

// account holds the sums of one function.
type account struct {
	last  event.Decision // without its texts, which would take most of the memory
	needs []int          // of the last steps before last, oldest first; at most keepAlive
	fine  cells          // of fineSteps steps each
	hours cells          // of hourSteps steps each
}

// New returns an empty ledger that compares with keep-alive of the given steps.
// If there are more than limit functions, it drops the one whose last decision
// is oldest.
func New(stepSeconds int64, keepAlive, limit int) *Ledger {
	return &Ledger{stepSeconds: stepSeconds, keepAlive: keepAlive, limit: limit, accounts: map[string]*account{}}
}

// AddDecisions counts a batch. The decisions of a function must come in the
// order of their steps: an older or repeated one is ignored.
func (l *Ledger) AddDecisions(batch *event.Decisions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch.Decisions {
		l.addDecision(&batch.Decisions[i])
	}
}

// addDecision scores the step before d and keeps d for the next one. Messages are
// delivered at least once: a step that was seen is ignored.
func (l *Ledger) addDecision(d *event.Decision) {
	a := l.accounts[d.Function]
	if a == nil {
		if len(l.accounts) >= l.limit {
			l.evict()
		}
		a = &account{fine: cells{}, hours: cells{}}
		l.accounts[d.Function] = a
	}
	if d.Step <= a.last.Step {
		return
	}
	l.score(a, d)
	a.last = *d
	a.last.Reason, a.last.Model, a.last.Function = "", "", ""
}

// score counts the step between the last decision and d, whose inputs state the
// need of that step. It counts neither an unmeasured step nor one after a missing
// decision. Keep-alive must know all of its steps: after a gap, counting resumes once
// keepAlive steps in a row are known.
func (l *Ledger) score(a *account, d *event.Decision) {
	need := int(d.Inputs.RecentNeed)
	// Without the needs in between, what keep-alive would hold is not known.
	if need < 0 || d.Step != a.last.Step+l.stepSeconds {
		a.needs = nil
	}
	if need < 0 {
		return
	}
	// The limit is that of the last decision, in force during the step.
	need = min(need, limitOf(&a.last))
	if len(a.needs) == l.keepAlive {
		// Keep-alive is bound by the limits of the function as well.
		kept := min(max(score.KeepAlive(a.needs, l.keepAlive), a.last.Inputs.Min), limitOf(&a.last))
		l.count(a, compare(need, warmAfter(&a.last), kept))
	}
	// After the comparison: keep-alive decides from the steps before this one.
	a.needs = append(a.needs, need)
	a.needs = a.needs[max(0, len(a.needs)-l.keepAlive):]
}

// count adds the sums of the step after the last decision.
func (l *Ledger) count(a *account, s Sums) {
	step := a.last.Step
	if l.first == 0 || step < l.first {
		l.first = step
	}
	l.newest = max(l.newest, step)
	a.fine.add(step/(fineSteps*l.stepSeconds), fineCells, a.last.Mode, s)
	a.hours.add(step/(hourSteps*l.stepSeconds), hourCells, a.last.Mode, s)
}

// limitOf returns the most replicas that the function may have. Needs above it
// wait in line and are not cold starts.
func limitOf(d *event.Decision) int {
	if d.Inputs.Max > 0 {
		return d.Inputs.Max
	}
	return math.MaxInt
}

// warmAfter returns the replicas that are there after the decision. In another
// mode than active nothing was applied: these are the replicas that there would
// have been.
func warmAfter(d *event.Decision) int {
	switch {
	case d.Mode != "active":
		return max(0, d.Wanted)
	case d.Observed >= 0:
		return d.Observed
	case d.Applied >= 0:
		return d.Applied
	}
	return max(0, d.Current)
}

// evict drops the function whose last decision is oldest.
func (l *Ledger) evict() {
	delete(l.accounts, slices.MinFunc(slices.Collect(maps.Keys(l.accounts)), func(a, b string) int {
		return cmp.Compare(l.accounts[a].last.Step, l.accounts[b].last.Step)
	}))
}

// RangeSteps returns the length in steps of the range hour, day or week. It is 0
// for another name. With steps of a minute the names are literally true.
func RangeSteps(name string) int64 {
	switch name {
	case "hour":
		return hourSteps
	case "day":
		return 24 * hourSteps
	case "week":
		return hourCells * hourSteps
	}
	return 0
}

// Sum returns the sums of all functions over the last steps, and those of each
// function with a counted step, sorted by name. Ranges of at most an hour have a
// resolution of five steps, longer ones of an hour.
func (l *Ledger) Sum(steps int64) (ByMode, []FunctionSums) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var total ByMode
	list := []FunctionSums{}
	for _, name := range slices.Sorted(maps.Keys(l.accounts)) {
		a := l.accounts[name]
		// Relative to the newest step of all functions, so that all sums cover the
		// same time, also for a function that has stopped.
		one := a.hours.sum(l.newest/(hourSteps*l.stepSeconds) - steps/hourSteps)
		if steps <= hourSteps {
			one = a.fine.sum(l.newest/(fineSteps*l.stepSeconds) - steps/fineSteps)
		}
		if one.Active.Steps+one.Observe.Steps > 0 {
			list = append(list, FunctionSums{name, one})
			total.add(one)
		}
	}
	return total, list
}

// Since returns the begin of the first counted step in Unix seconds, 0 if there
// is none.
func (l *Ledger) Since() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}
