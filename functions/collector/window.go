package collector

import (
	"maps"
	"math"
	"slices"

	"prewarm/shared/event"
	"prewarm/shared/prometheus/invocation"
	"prewarm/shared/series"
)

// window holds the last steps of one function. Each slice has cache.steps values; those of
// errors, busy and running are nil as long as all of them are 0, since there may be ten
// thousand windows.
type window struct {
	quality  []invocation.Quality
	counts   []int32 // 0 if unknown
	errors   []int32
	busy     []float32 // seconds
	running  []float32 // calls in progress on average, series.NotMeasured if unknown
	inFlight int       // calls in flight at the end of the window, -1 if unknown
	peak     int       // most calls in progress at a scrape in the last step, -1 if unknown
	note     string    // of invocation.Function
}

// window returns the window of a function. A new one is unknown in every step.
func (c *cache) window(name string) *window {
	w := c.windows[name]
	if w == nil {
		w = newWindow(c.steps)
		c.windows[name] = w
	}
	return w
}

func newWindow(steps int) *window {
	return &window{quality: make([]invocation.Quality, steps), counts: make([]int32, steps), inFlight: -1, peak: -1}
}

// set writes step g of a chunk to step i of the window.
func (w *window) set(i, g int, m *invocation.Function) {
	w.quality[i], w.counts[i] = m.Quality[g], roundCount(m.Calls[g])
	put(&w.errors, len(w.counts), i, roundCount(m.Errors[g]))
	put(&w.busy, len(w.counts), i, roundTo(m.Busy[g], 1e4))
	running := series.NotMeasured
	if !math.IsNaN(m.Running[g]) {
		running = roundTo(m.Running[g], 1e3)
	}
	put(&w.running, len(w.counts), i, running)
}

// put sets (*s)[i] to v. It allocates *s with the first value that is not 0.
func put[T int32 | float32](s *[]T, steps, i int, v T) {
	if *s == nil && v != 0 {
		*s = make([]T, steps)
	}
	if *s != nil {
		(*s)[i] = v
	}
}

// shift moves the window on by k steps, which are unknown.
func (w *window) shift(k int) {
	shift(w.quality, k, invocation.Unknown)
	shift(w.counts, k, 0)
	shift(w.errors, k, 0)
	shift(w.busy, k, 0)
	shift(w.running, k, 0)
	// Reading the last chunk sets them again.
	w.inFlight, w.peak, w.note = -1, -1, ""
}

// shift moves s left by k and fills the end with fill.
func shift[T any](s []T, k int, fill T) {
	k = min(k, len(s))
	copy(s, s[k:])
	for i := len(s) - k; i < len(s); i++ {
		s[i] = fill
	}
}

// forget drops the functions that are not listed and have no data within the
// window. A function that was just removed keeps its data until then, so that a
// list that lacks it for once costs nothing.
func (c *cache) forget(listed map[string]bool) {
	maps.DeleteFunc(c.windows, func(name string, w *window) bool { return !listed[name] && w.first() < 0 })
}

// first returns the index of the first step with data, -1 if there is none.
func (w *window) first() int {
	return slices.IndexFunc(w.quality, func(q invocation.Quality) bool { return q != invocation.Unknown })
}

// lastCalled returns the index of the last step of the window in which a function was called,
// -1 if there is none.
func (c *cache) lastCalled(name string) int {
	w := c.windows[name]
	if w == nil {
		return -1
	}
	i := len(w.counts) - 1
	for i >= 0 && w.counts[i] == 0 {
		i--
	}
	return i
}

// measured returns what was measured of a function, from the first step with data on. The
// steps before are left out: the function was not deployed, or the store does not reach
// so far back, which is not the same as no calls. If nothing is known, there is one step
// without data. The lists are those of the cache, valid until the next step is read.
func (c *cache) measured(name string) event.FunctionWindow {
	w := c.windows[name]
	if w == nil {
		w = newWindow(1)
	}
	cut := w.first()
	if cut < 0 {
		cut = len(w.counts) - 1
	}
	steps := len(w.counts) - cut
	quality := w.quality[cut:]
	out := event.FunctionWindow{Function: name, InFlight: w.inFlight, Peak: w.peak, Note: w.note, Window: series.Window{
		StepSeconds: int(c.step / 1000), Start: c.begin(c.steps - steps),
		Counts: w.known(cut), Errors: series.UnlessZero(tail(w.errors, steps)), BusySeconds: series.UnlessZero(tail(w.busy, steps)),
		Spread: series.SpansOf(quality, invocation.Spread), AtLeast: series.SpansOf(quality, invocation.AtLeast),
	}}
	w.addRunning(&out, tail(w.running, steps), c.pace.interval)
	return out
}

// known returns the counts from step cut on, with series.NoData in unknown steps. They are a
// copy only if there is such a step: a copy of each window takes more memory than the messages.
func (w *window) known(cut int) []int32 {
	if !slices.Contains(w.quality[cut:], invocation.Unknown) {
		return w.counts[cut:]
	}
	counts := slices.Clone(w.counts[cut:])
	for i, q := range w.quality[cut:] {
		if q == invocation.Unknown {
			counts[i] = series.NoData
		}
	}
	return counts
}

// tail returns the last n values of s, nil if s is nil.
func tail[T any](s []T, n int) []T {
	if s == nil {
		return nil
	}
	return s[len(s)-n:]
}

// unknownSteps returns the begins (Unix seconds) of the steps that are unknown of every
// function, after the first step with data.
func (c *cache) unknownSteps() []int64 {
	out := []int64{} // not nil: the status shows it as an empty list
	first := slices.IndexFunc(c.quality, func(q invocation.Quality) bool { return q != invocation.Unknown })
	for i, q := range c.quality {
		if q == invocation.Unknown && first >= 0 && i > first {
			out = append(out, c.begin(i))
		}
	}
	return out
}

// provisional reports whether a part of the last step was not measured, or nothing of it.
func (c *cache) provisional() bool { return c.quality[len(c.quality)-1] < invocation.Spread }

// roundCount rounds to what a window can hold.
func roundCount(v float64) int32 { return int32(math.Min(math.Round(v), math.MaxInt32)) }

// roundTo rounds to 1/parts: smaller digits only make messages long.
func roundTo(v, parts float64) float32 {
	return float32(math.Min(math.Round(v*parts)/parts, math.MaxFloat32))
}

// peak returns the most calls in progress in the last step of a chunk, -1 if unknown.
func peak(m *invocation.Function) int {
	if p := m.Peak[len(m.Peak)-1]; !math.IsNaN(p) {
		return int(math.Min(math.Round(p), math.MaxInt32))
	}
	return -1
}
