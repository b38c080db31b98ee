package dashboard

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Bounds of what is kept of one function.
const (
	maxDecisions = 30
	// goneSteps is for how many steps a function may be missing from all
	// messages before it is taken to be deleted.
	goneSteps = 30
)

// view holds the last messages of at most limit functions. Where more speak,
// the one that has been silent for longest goes.
//
// Every change has a version, one more than the last. Who knows the view at one
// version gets with since what has changed after it.
type view struct {
	mu      sync.Mutex
	limit   int
	records map[string]*record
	quality *quality
	newest  int64 // step of the newest message, 0 where none has come
	kinds   kinds

	version int64
	changed chan struct{}    // closed at the next change
	gone    map[string]int64 // functions that were dropped, with the version of that
	floor   int64            // the oldest version for which gone is complete
}

// kinds holds the step of the newest message of each kind, 0 where none has come.
type kinds struct{ windows, forecasts, decisions int64 }

func newView(limit int) *view {
	return &view{
		limit: limit, records: map[string]*record{}, quality: newQuality(),
		changed: make(chan struct{}), gone: map[string]int64{},
	}
}

// update finds or makes the record of a function and lets change write to it.
func (v *view) update(name string, step int64, change func(*record)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.records[name]
	if r == nil {
		if len(v.records) >= v.limit {
			v.evict()
		}
		r = &record{name: name, inFlight: -1, past: &past{}}
		v.records[name] = r
		delete(v.gone, name)
	}
	r.step, v.newest = max(r.step, step), max(v.newest, step)
	change(r)
	r.version = v.touch()
}

// touch counts a change and wakes those who wait for one.
func (v *view) touch() int64 {
	v.version++
	close(v.changed)
	v.changed = make(chan struct{})
	return v.version
}

// drop removes a function.
func (v *view) drop(name string) {
	delete(v.records, name)
	if len(v.gone) >= v.limit {
		clear(v.gone)
		v.floor = v.version
	}
	v.gone[name] = v.touch()
}

// delta is what has changed in a view.
type delta struct {
	version int64
	changed []record // sorted by name
	gone    []string // sorted
	full    bool     // changed is all there is
	next    <-chan struct{}
}

// since returns what has changed after version, or everything where that is
// not known any more. Its channel next is closed at the next change.
func (v *view) since(version int64) delta {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	d := delta{version: v.version, full: version < v.floor || version <= 0 || version > v.version, next: v.changed}
	for _, name := range slices.Sorted(maps.Keys(v.records)) {
		if r := v.records[name]; d.full || r.version > version {
			d.changed = append(d.changed, *r)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.gone)) {
		if !d.full && v.gone[name] > version {
			d.gone = append(d.gone, name)
		}
	}
	return d
}

func (v *view) evict() {
	var oldest *record
	for _, r := range v.records {
		if oldest == nil || r.step < oldest.step {
			oldest = r
		}
	}
	v.drop(oldest.name)
}

// mark notes the step of the newest message of a kind.
func (v *view) mark(kind *int64, step int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*kind = max(*kind, step)
}

// addWindows takes a batch of windows; those older than what is known of their
// function are left out.
func (v *view) addWindows(step int64, batch *event.Windows) {
	v.mark(&v.kinds.windows, step)
	for _, w := range batch.Windows {
		v.update(w.Function, step, func(r *record) {
			if w.End() >= r.window.End() {
				r.window, r.inFlight = join(r.window, w.Window), w.InFlight
			}
		})
	}
}

// join puts the counts of next after those of last, as far as the two are of
// one grid and touch; where both know a step, next says it.
func join(last, next series.Window) series.Window {
	next.Errors, next.BusySeconds = nil, nil
	if len(last.Counts) > 0 && last.StepSeconds == next.StepSeconds && last.Start < next.Start && next.Start <= last.End() {
		before := last.Counts[:(next.Start-last.Start)/int64(last.StepSeconds)]
		next.Start, next.Counts = last.Start, slices.Concat(before, next.Counts)
	}
	return next.Tail(maxSteps)
}

func (v *view) addForecasts(step int64, batch *event.Forecasts) {
	v.mark(&v.kinds.forecasts, step)
	for _, f := range batch.Forecasts {
		v.update(f.Function, step, func(r *record) {
			v.quality.add(r.past, &f)
			r.past.addForecast(&f)
			if r.forecast == nil || f.Origin >= r.forecast.Origin {
				r.forecast, r.model = &f, batch.Model
			}
		})
	}
}

// addDecisions keeps the last decision of each step.
func (v *view) addDecisions(step int64, batch *event.Decisions) {
	v.mark(&v.kinds.decisions, step)
	for _, d := range batch.Decisions {
		v.update(d.Function, step, func(r *record) {
			r.past.addDecision(&d)
			last := d
			list := slices.DeleteFunc(slices.Clone(r.decisions), func(o event.Decision) bool {
				if o.Step == d.Step && o.Time.After(last.Time) {
					last = o
				}
				return o.Step == d.Step
			})
			at, _ := slices.BinarySearchFunc(list, last, newerFirst)
			list = slices.Insert(list, at, last)
			r.decisions = list[:min(len(list), maxDecisions)]
		})
	}
}

// newerFirst goes by the steps, which one clock gives; who decides has another.
func newerFirst(a, b event.Decision) int {
	return cmp.Or(cmp.Compare(b.Step, a.Step), b.Time.Compare(a.Time))
}

// snapshot returns the functions whose name contains part, sorted by name, and
// the step of the newest message.
func (v *view) snapshot(part string) ([]record, int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	var found []record
	for _, name := range slices.Sorted(maps.Keys(v.records)) {
		if strings.Contains(name, part) {
			found = append(found, *v.records[name])
		}
	}
	return found, v.newest
}

// one returns the record of a function.
func (v *view) one(name string) (record, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	r := v.records[name]
	if r == nil {
		return record{}, false
	}
	return *r, true
}

// forget drops the functions that the newer messages do not mention. It goes by
// the messages' time: when the chain stands still, nothing is forgotten.
func (v *view) forget() {
	for name, r := range v.records {
		if r.step+goneSteps*int64(r.stepSeconds()) < v.newest {
			v.drop(name)
		}
	}
}

// pastOf returns the past of a function in columns, empty where it is not known.
func (v *view) pastOf(name string) pastJSON {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.records[name]; r != nil {
		return r.past.columns()
	}
	return (&past{}).columns()
}
