package collector

import (
	"maps"
	"slices"

	"prewarm/shared/series"
)

// window holds the last steps of one function. Each slice has cache.steps values.
type window struct {
	counts   []int32 // series.NoData if unknown
	errors   []int32
	busy     []float32 // seconds
	inFlight int       // calls in flight at the end of the window, -1 if unknown
}

// shift moves s left by k and fills the end with fill.
func shift[T any](s []T, k int, fill T) {
	k = min(k, len(s))
	copy(s, s[k:])
	for i := len(s) - k; i < len(s); i++ {
		s[i] = fill
	}
}

// window returns the window of a function. A new one is unknown in every step.
func (c *cache) window(name string) *window {
	w := c.windows[name]
	if w == nil {
		w = &window{
			counts: slices.Repeat([]int32{series.NoData}, c.steps),
			errors: make([]int32, c.steps), busy: make([]float32, c.steps), inFlight: -1,
		}
		c.windows[name] = w
	}
	return w
}

// forget drops the functions that are not listed and have no data within the
// window. A function that was just removed keeps its data until then, so that a
// list that lacks it for once costs nothing.
func (c *cache) forget(listed map[string]bool) {
	maps.DeleteFunc(c.windows, func(name string, w *window) bool { return !listed[name] && firstKnown(w.counts) < 0 })
}

// firstKnown returns the index of the first step with data, -1 if there is none.
func firstKnown(counts []int32) int {
	return slices.IndexFunc(counts, func(n int32) bool { return n != series.NoData })
}

// series returns the steps of a function from the first one with data, and its
// calls in flight. The steps before are left out: the function was not deployed,
// or the store does not reach so far back, which is not the same as no calls. If
// nothing is known, the series has one step without data.
func (c *cache) series(name string) (series.Window, int) {
	w := c.windows[name]
	if w == nil {
		w = &window{counts: []int32{series.NoData}, errors: []int32{0}, busy: []float32{0}, inFlight: -1}
	}
	cut := firstKnown(w.counts)
	if cut < 0 {
		cut = len(w.counts) - 1
	}
	return series.Window{
		StepSeconds: int(c.step / 1000), Start: c.begin(c.steps - len(w.counts) + cut),
		Counts: w.counts[cut:], Errors: nilIfZero(w.errors[cut:]), BusySeconds: nilIfZero(w.busy[cut:]),
	}, w.inFlight
}

// nilIfZero returns nil for a slice of zeros. Most functions are idle most of the
// time, and a day of zeros would be most of a message.
func nilIfZero[T int32 | float32](s []T) []T {
	if slices.ContainsFunc(s, func(v T) bool { return v != 0 }) {
		return s
	}
	return nil
}

// gaps returns when the steps begin (Unix seconds) in which no gateway was read,
// after the first in which one was.
func (c *cache) gaps() []int64 {
	out := []int64{} // not nil: the status shows it as an empty list
	first := slices.Index(c.scraped, true)
	for i, ok := range c.scraped {
		if !ok && first >= 0 && i > first {
			out = append(out, c.begin(i))
		}
	}
	return out
}
