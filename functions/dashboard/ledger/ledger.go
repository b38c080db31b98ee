// Package ledger sums cold starts and idle time from the decisions of the
// scaler, and compares them with keep-alive.
//
// Each decision states the needs of the steps before it as far as they have settled:
// measured, as a whole and one by one. Decisions alone are therefore enough, and a week can
// be counted again from the stream after a restart. A step is scored once, when its need
// has settled (account.go); what a step costs is in sums.go.
package ledger

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"prewarm/shared/event"
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
	newest      int64               // begin of the newest step that was counted or skipped
	last        int64               // step of the newest decision
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

// addDecision notes the needs that d states of the steps before it, counts the steps whose
// need has settled, and keeps d for its own step. Messages are delivered at least once: a
// step that was seen before is ignored.
func (l *Ledger) addDecision(d *event.Decision) {
	if !d.OfStep() {
		if a := l.accounts[d.Function]; a != nil {
			a.raise(d, l.stepSeconds)
		}
		return
	}
	a := l.account(d.Function)
	if d.Step <= a.newest {
		return
	}
	l.last = max(l.last, d.Step)
	if !a.follows(d, l.stepSeconds, l.keepAlive) {
		l.skipOpen(a)
		a.begin(d, l.stepSeconds)
	}
	a.append(d, l.stepSeconds, l.keepAlive)
	l.countSettled(a)
}

// account returns the account of a function, a new one if it has none.
func (l *Ledger) account(function string) *account {
	a := l.accounts[function]
	if a == nil {
		if len(l.accounts) >= l.limit {
			l.evict()
		}
		a = &account{}
		l.accounts[function] = a
	}
	return a
}

// countSettled counts the open steps in their order, up to the first one whose need a later
// decision may still state.
func (l *Ledger) countSettled(a *account) {
	for ; a.open < a.newest; a.open += l.stepSeconds {
		s := a.at(a.open, l.stepSeconds)
		if s.need < 0 && a.newest-a.open < event.MaxSettled*l.stepSeconds {
			return
		}
		if s.decided {
			l.count(a, s, a.compare(s, l.stepSeconds, l.keepAlive))
		}
	}
}

// Forget drops what lies after latest, in Unix seconds: the decisions of a clock that ran ahead
// would keep out all that come until then, and their sums would be the newest.
func (l *Ledger) Forget(latest int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last <= latest {
		return
	}
	for _, a := range l.accounts {
		a.forget(latest, l.stepSeconds)
	}
	l.last, l.newest = latest, min(l.newest, latest)
	if l.first > latest {
		l.first = 0
	}
}

// skipOpen counts the open steps as skipped: no later decision states their needs.
func (l *Ledger) skipOpen(a *account) {
	for i := range a.steps {
		if s := &a.steps[i]; s.decided && s.begin >= a.open {
			l.count(a, s, Sums{Skipped: 1})
		}
	}
}

// count adds the sums of a step.
func (l *Ledger) count(a *account, s *step, sums Sums) {
	if sums.Steps > 0 && (l.first == 0 || s.begin < l.first) {
		l.first = s.begin
	}
	l.newest = max(l.newest, s.begin)
	a.fine.add(s.begin/(fineSteps*l.stepSeconds), fineCells, s.active, sums)
	a.hours.add(s.begin/(hourSteps*l.stepSeconds), hourCells, s.active, sums)
}

// evict drops the function whose last decision is oldest.
func (l *Ledger) evict() {
	delete(l.accounts, slices.MinFunc(slices.Collect(maps.Keys(l.accounts)), func(a, b string) int {
		return cmp.Compare(l.accounts[a].newest, l.accounts[b].newest)
	}))
}

// RangeSteps returns the number of steps in an hour, a day or a week, named by name, if a
// step is a minute. It is 0 for another name.
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
// function with a compared step, sorted by name. Ranges of at most an hour have a
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
		total.add(one)
		if one.Active.Steps+one.Observe.Steps > 0 {
			list = append(list, FunctionSums{name, one})
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
