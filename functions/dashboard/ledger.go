package dashboard

import (
	"maps"
	"math"
	"slices"
	"sync"

	"prewarm/shared/event"
)

// account is what the ledger keeps of one function.
type account struct {
	last  event.Decision // without its texts
	needs []int          // of the last steps before last, newest last; at most the keep-alive
	fine  map[int64]*byMode
	hours map[int64]*byMode
}

// The ledger keeps twelfths of an hour for an hour, and hours for a week.
const (
	fineSteps = 5
	fineCells = hourSteps / fineSteps
	hourCells = 7 * 24
)

// ledger counts, from decisions alone, what prewarm saves against keep-alive.
// Each decision states the need of the step before it, so that a week can be
// counted again from the stream after a restart.
type ledger struct {
	mu        sync.Mutex
	seconds   int64 // length of a step
	keepAlive int   // steps
	limit     int   // functions
	accounts  map[string]*account
	first     int64 // first and newest step that were counted, Unix seconds
	newest    int64
}

func newLedger(seconds int64, keepAlive, limit int) *ledger {
	return &ledger{seconds: seconds, keepAlive: keepAlive, limit: limit, accounts: map[string]*account{}}
}

func (l *ledger) addDecisions(batch *event.Decisions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch.Decisions {
		l.addDecision(&batch.Decisions[i])
	}
}

func (l *ledger) addDecision(d *event.Decision) {
	a := l.accounts[d.Function]
	if a == nil {
		if len(l.accounts) >= l.limit {
			l.evict()
		}
		a = &account{fine: map[int64]*byMode{}, hours: map[int64]*byMode{}}
		l.accounts[d.Function] = a
	}
	if d.Step <= a.last.Step {
		return
	}
	l.settle(a, d)
	a.last = *d
	a.last.Reason, a.last.Model, a.last.Function = "", "", ""
}

// settle scores the step between the last decision and d, whose inputs say what
// it needed. A step that nobody measured, or that was skipped, is not scored,
// and keep-alive is only compared with where all of its steps are known.
func (l *ledger) settle(a *account, d *event.Decision) {
	need := int(d.Inputs.RecentNeed)
	if need < 0 || d.Step != a.last.Step+l.seconds {
		a.needs = nil
	}
	if need < 0 {
		return
	}
	need = min(need, limitOf(&a.last))
	if len(a.needs) == l.keepAlive {
		kept := min(max(slices.Max(a.needs), a.last.Inputs.Min), limitOf(&a.last))
		l.book(a, a.last.Step, a.last.Mode, compare(need, warmAfter(&a.last), kept))
	}
	a.needs = append(a.needs, need)
	a.needs = a.needs[max(0, len(a.needs)-l.keepAlive):]
}

// limitOf returns the most replicas that the function may have. What it needs
// beyond them waits in line and is no cold start.
func limitOf(d *event.Decision) int {
	if d.Inputs.Max > 0 {
		return d.Inputs.Max
	}
	return math.MaxInt
}

// warmAfter returns the replicas that stand after the decision: where it was not
// acted on for its mode, those that it would have had.
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

func (l *ledger) book(a *account, step int64, mode string, t tally) {
	if l.first == 0 || step < l.first {
		l.first = step
	}
	l.newest = max(l.newest, step)
	for _, c := range []struct {
		cells map[int64]*byMode
		index int64
		keep  int64
	}{{a.fine, step / (fineSteps * l.seconds), fineCells}, {a.hours, step / (hourSteps * l.seconds), hourCells}} {
		cell := c.cells[c.index]
		if cell == nil {
			cell = &byMode{}
			c.cells[c.index] = cell
			maps.DeleteFunc(c.cells, func(i int64, _ *byMode) bool { return i < c.index-c.keep })
		}
		if mode == "active" {
			cell.Active.add(t)
		} else {
			cell.Observe.add(t)
		}
	}
}

func (l *ledger) evict() {
	oldest := ""
	for name, a := range l.accounts {
		if oldest == "" || a.last.Step < l.accounts[oldest].last.Step {
			oldest = name
		}
	}
	delete(l.accounts, oldest)
}

// rangeSteps returns how many steps a named range of time has: with steps of a
// minute an hour, a day, a week. It is 0 for other names.
func rangeSteps(name string) int64 {
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

// functionSavings is one function in a range.
type functionSavings struct {
	Function string `json:"function"`
	byMode
}

func (f functionSavings) avoided() int { return f.Active.Avoided() + f.Observe.Avoided() }

// sum returns the total and each function with anything counted in the last
// steps, sorted by name.
func (l *ledger) sum(steps int64) (byMode, []functionSavings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var total byMode
	list := []functionSavings{}
	for _, name := range slices.Sorted(maps.Keys(l.accounts)) {
		one := l.accounts[name].sum(l.newest, l.seconds, steps)
		if one.Active.Steps+one.Observe.Steps > 0 {
			list = append(list, functionSavings{name, one})
			total.add(&one)
		}
	}
	return total, list
}

// since returns the first step that was counted, 0 where none was.
func (l *ledger) since() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

func (a *account) sum(newest, seconds, steps int64) byMode {
	cells, width := a.hours, int64(hourSteps)
	if steps <= hourSteps {
		cells, width = a.fine, fineSteps
	}
	var out byMode
	for index, cell := range cells {
		if index > newest/(width*seconds)-steps/width {
			out.add(cell)
		}
	}
	return out
}
