package collector

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// Spans of time around the reading of the store.
const (
	// lateness is how long after its time a sample may become visible.
	// The steps of this time, at least lateSteps, are read again at each tick.
	lateness  = 15 * time.Second
	lateSteps = 3
	// retrySteps is how long a step without any data is read again.
	retrySteps = 30
	// margin before the window shows what counters stood at when it begins.
	margin = 5 * time.Minute
	// chunk bounds the time that one query covers, and so its memory.
	chunk = 15 * time.Minute
)

// past is what is known of all functions: the last steps, and the counters at
// base, from which reading goes on. Times are Unix milliseconds.
//
//	end-steps ........ base ........ end-late ........ end
//	          settled       gaps, read    late samples,
//	                        again         read again
type past struct {
	step      int64
	steps     int // of the window
	end       int64
	base      int64
	state     invocation.State // as of base
	functions map[string]*history
	scraped   []bool // per step: the gateway was read in it
}

// history is the last steps of one function; slices are as long as the window.
type history struct {
	counts   []int32 // series.NoData where unknown
	errors   []int32
	busy     []float32
	inFlight int // at the end of the window, -1 where unknown
}

func newPast(step time.Duration, steps int) *past {
	return &past{step: step.Milliseconds(), steps: steps, functions: map[string]*history{}}
}

// catchUp reads what is missing up to end (a border of steps) and reads again
// what may have changed. After an error what was read until then is kept, and
// the next call goes on from there.
func (p *past) catchUp(ctx context.Context, st invocation.Store, end int64) error {
	p.moveTo(end)
	late := end - int64(atLeast(lateSteps, lateness, p.step))*p.step
	settling, at := true, p.state
	for from := p.base; from < end; {
		to := p.boundary(from, late)
		next, err := p.read(ctx, st, at, from, to)
		if err != nil {
			return err
		}
		settling = settling && to <= late && !(at.Targets() > 0 && p.gapWithin(from, to))
		if settling {
			p.base, p.state = to, next
		}
		from, at = to, next
	}
	return nil
}

// boundary returns the end of the chunk that begins at from. The late steps
// are a chunk of their own, since they are not settled.
func (p *past) boundary(from, late int64) int64 {
	to := from + max(1, chunk.Milliseconds()/p.step)*p.step
	if from < late {
		return min(to, late)
	}
	return min(to, p.end)
}

// gapWithin reports whether the gateway was not read in a step of (from, to]
// that is young enough to be tried again.
func (p *past) gapWithin(from, to int64) bool {
	for at := max(from, p.end-retrySteps*p.step); at < to; at += p.step {
		if i, ok := p.index(at); ok && !p.scraped[i] {
			return true
		}
	}
	return false
}

// index returns the place in the window of the step that begins at t.
func (p *past) index(t int64) (int, bool) {
	i := p.steps - int((p.end-t)/p.step)
	return i, i >= 0 && i < p.steps
}

// moveTo moves the window to end. Where the base lies so far before the window
// that it is better to begin anew, or where the clock went back, reading begins
// a margin before the window.
func (p *past) moveTo(end int64) {
	begin := end - int64(p.steps)*p.step
	if p.base < begin-(margin+chunk).Milliseconds()-retrySteps*p.step || end < p.end {
		p.base = begin - int64(atLeast(2, margin, p.step))*p.step
		p.state = invocation.State{}
		p.functions = map[string]*history{}
		p.scraped = make([]bool, p.steps)
		p.end = end
		return
	}
	k := int((end - p.end) / p.step)
	if k == 0 {
		return
	}
	p.end = end
	shift(p.scraped, k, false)
	for _, h := range p.functions {
		shift(h.counts, k, series.NoData)
		shift(h.errors, k, 0)
		shift(h.busy, k, 0)
		h.inFlight = -1
	}
}

// shift moves s by k to the left and fills the end with fill.
func shift[T any](s []T, k int, fill T) {
	k = min(k, len(s))
	copy(s, s[k:])
	for i := len(s) - k; i < len(s); i++ {
		s[i] = fill
	}
}

// atLeast returns the steps that cover d, and n at least.
func atLeast(n int, d time.Duration, step int64) int {
	return max(n, int((d.Milliseconds()+step-1)/step))
}

// function returns the history of a function, which begins unknown.
func (p *past) function(name string) *history {
	h := p.functions[name]
	if h == nil {
		h = &history{
			counts: slices.Repeat([]int32{series.NoData}, p.steps),
			errors: make([]int32, p.steps), busy: make([]float32, p.steps), inFlight: -1,
		}
		p.functions[name] = h
	}
	return h
}

// forget drops what is not listed any more and has no data within the window.
// What was only just removed stays until then, so that a list with a hole in
// it costs no history.
func (p *past) forget(listed map[string]bool) {
	maps.DeleteFunc(p.functions, func(name string, h *history) bool {
		return !listed[name] && firstKnown(h.counts) == len(h.counts)
	})
}

func firstKnown(counts []int32) int {
	if i := slices.IndexFunc(counts, func(c int32) bool { return c != series.NoData }); i >= 0 {
		return i
	}
	return len(counts)
}

// window returns the steps of a function from the first one with data, and its
// calls in flight. Steps before are left out: the function was not deployed
// then, or the store does not reach so far, which is not the same as no calls.
// Where nothing is known it is one step without data.
func (p *past) window(name string) (series.Window, int) {
	h := p.functions[name]
	if h == nil {
		h = &history{counts: []int32{series.NoData}, errors: []int32{0}, busy: []float32{0}, inFlight: -1}
	}
	n := len(h.counts)
	cut := min(firstKnown(h.counts), n-1)
	return series.Window{
		StepSeconds: int(p.step / 1000), Start: (p.end - int64(n-cut)*p.step) / 1000,
		Counts: h.counts[cut:], Errors: unlessZero(h.errors[cut:]), BusySeconds: unlessZero(h.busy[cut:]),
	}, h.inFlight
}

// unlessZero returns nil for a slice of zeros: most functions rest most of the
// time, and a day of zeros is most of a message.
func unlessZero[T int32 | float32](s []T) []T {
	for _, v := range s {
		if v != 0 {
			return s
		}
	}
	return nil
}

// gaps returns the begin (Unix seconds) of the steps in which the gateway was
// not read, after the first in which it was.
func (p *past) gaps() []int64 {
	out := []int64{}
	first := slices.Index(p.scraped, true)
	for i, ok := range p.scraped {
		if !ok && first >= 0 && i > first {
			out = append(out, (p.end-int64(p.steps-i)*p.step)/1000)
		}
	}
	return out
}

// clampCount rounds to what a window can hold.
func clampCount(v float64) int32 { return int32(math.Min(math.Round(v), math.MaxInt32)) }

// clampSeconds is clampCount for busy seconds. It rounds to 0.1 ms, since
// smaller digits only make messages long.
func clampSeconds(v float64) float32 {
	return float32(math.Min(math.Round(v*1e4)/1e4, math.MaxFloat32))
}
