package feature

import "math/bits"

// A context is what came in the last steps, one by one: no call, calls as
// usual, or more than that. What followed upon earlier occurrences of the same
// context tells patterns that gaps do not: a timer whose call slips into the
// next minute and is made good there, two timers side by side.
//
// Source: Cleary, Witten, "Data compression using adaptive coding and partial
// string matching", IEEE Transactions on Communications 32(4), 1984.
const contexts = len(contextSteps) + len(contextSeen)

// maxContext is the longest context that is looked for, in steps.
const maxContext = 120

// contextSteps are the lengths of the contexts that are looked for. The others are
// the longest that occurred as often as contextSeen.
var (
	contextSteps = [...]int{4, 8, 16}
	contextSeen  = [...]int{1, 2, 4}
)

// manyCalls times the mean of the steps with calls is more than usual.
const manyCalls = 1.3

// findContexts sets, per context, the steps of the past that follow upon an
// earlier occurrence of it, and the lengths of the longest ones. An unknown
// step ends a context.
func (h *History) findContexts() {
	at, open, k := first(h.n), len(contextSeen), 0 // open are those that may be longer than k
	for open > 0 && k < min(maxContext, h.n) && h.known.has(h.n-1-k) {
		before := at
		k++
		seen := at.follow(h.kind(h.n-k), k, h.used())
		for ; open > 0 && seen < contextSeen[open-1]; open-- {
			h.settle(open-1, k-1, &before)
		}
		for i, steps := range contextSteps {
			if k == steps {
				h.followed[i] = at
			}
		}
	}
	for ; open > 0; open-- {
		h.settle(open-1, k, &at)
	}
}

// settle sets the i-th of the longest contexts: of k steps, before those of at.
func (h *History) settle(i, k int, at *set) {
	if k > 0 {
		h.lengths[i], h.followed[len(contextSteps)+i] = k, *at
	}
}

// kind returns the known steps that were as the given one.
func (h *History) kind(step int) *set {
	switch {
	case h.many.has(step):
		return &h.many
	case h.active.has(step):
		return &h.usual
	}
	return &h.quiet
}

// used returns the number of words that hold the steps of the past.
func (h *History) used() int { return (h.n + 63) / 64 }

// follows writes, per context, the share of calls among the known steps that
// came t steps after it, pulled towards the overall share with a weight of one
// step.
func (h *History) follows(dst []float32, t int) {
	n := h.used()
	active, known := h.active.ahead(t-1, n), h.known.ahead(t-1, n)
	share := h.share()
	for c := range h.followed {
		hits, tries := 0, 0
		for i, w := range h.followed[c][:n] {
			hits += bits.OnesCount64(w & active[i])
			tries += bits.OnesCount64(w & known[i])
		}
		dst[c] = float32((float64(hits) + share) / float64(tries+1))
	}
}
