package feature

import "math/bits"

// A context is the sequence of the last steps before the origin, each of one of
// three kinds: no call, as many calls as usual, or more than that. What followed
// upon earlier occurrences of the same context shows patterns that gaps do not:
// a timer whose call slips into the next minute and is made up for there, two
// timers side by side.
//
// There are contexts of fixed lengths, contextSteps, and for each number in
// contextSeen the longest context that occurred so often.
//
// Source: Cleary, Witten, "Data compression using adaptive coding and partial
// string matching", IEEE Transactions on Communications 32(4), 1984.
const contexts = len(contextSteps) + longestFound

var (
	contextSteps = [...]int{4, 8, 16}
	contextSeen  = [...]int{1, 2, 4}
)

// longestFound is the number of contexts whose length is searched for.
const longestFound = len(contextSeen)

// maxContext is the longest context that is searched for, in steps.
const maxContext = 120

// manyCalls times the mean count of an active step is more than usual.
const manyCalls = 1.3

// findContexts sets, for each context, the steps of the history that follow upon
// an earlier occurrence of it, and the lengths of the longest contexts. It starts
// from the context of no step, after which every step follows, and lengthens it
// step by step into the past. A step without data ends all contexts.
func (h *History) findContexts() {
	after, k := firstSteps(h.steps), 0 // steps after an occurrence of the context of k steps
	open := longestFound               // longest contexts that may be longer than k
	for open > 0 && k < min(maxContext, h.steps) && h.known.has(h.steps-1-k) {
		before := after
		k++
		seen := after.keepAfter(h.kind(h.steps-k), k, h.usedWords())
		for ; open > 0 && seen < contextSeen[open-1]; open-- {
			h.setLongest(open-1, k-1, &before)
		}
		for i, steps := range contextSteps {
			if k == steps {
				h.followed[i] = after
			}
		}
	}
	for ; open > 0; open-- {
		h.setLongest(open-1, k, &after)
	}
}

// setLongest sets the i-th of the longest contexts: its length k and the steps
// after it. A context of no step is left out.
func (h *History) setLongest(i, k int, after *stepSet) {
	if k > 0 {
		h.contextLength[i], h.followed[len(contextSteps)+i] = k, *after
	}
}

// kind returns the known steps of the same kind as the given one.
func (h *History) kind(step int) *stepSet {
	switch {
	case h.many.has(step):
		return &h.many
	case h.called.has(step):
		return &h.usual
	}
	return &h.zero
}

// usedWords returns the number of words that hold the steps of the history.
func (h *History) usedWords() int { return (h.steps + 63) / 64 }

// contextShares writes to dst, for each context, the share of active steps among
// the known ones that came t steps after it, pulled towards the overall share
// with a weight of one step.
func (h *History) contextShares(dst []float32, t int) {
	n := h.usedWords()
	called, known := h.called.earlier(t-1, n), h.known.earlier(t-1, n)
	share := h.share()
	for c := range h.followed {
		hits, tries := 0, 0
		for i, w := range h.followed[c][:n] {
			hits += bits.OnesCount64(w & called[i])
			tries += bits.OnesCount64(w & known[i])
		}
		dst[c] = float32((float64(hits) + share) / float64(tries+1))
	}
}
