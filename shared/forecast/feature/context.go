package feature

import "math/bits"

// A context is what came in the last steps, one by one: no call, calls as
// usual, or more than that. What followed upon earlier occurrences of the same
// context tells patterns that gaps do not: a timer whose call slips into the
// next minute and is made good there, two timers side by side.
//
// Source: Cleary, Witten, "Data compression using adaptive coding and partial
// string matching", IEEE Transactions on Communications 32(4), 1984.
const (
	contexts   = len(contextSteps) + len(contextSeen)
	maxContext = 120
)

// contextSteps are the lengths of the contexts that are looked for. The others are
// the longest that occurred as often as contextSeen.
var (
	contextSteps = [...]int{4, 8, 16}
	contextSeen  = [...]int{1, 2, 4}
)

// manyCalls is how many times the mean of the active steps is more than usual.
const manyCalls = 1.3

// findContexts sets, per context, the steps of the past that follow upon an
// earlier occurrence of it, and the lengths of the longest ones. An unknown
// step ends a context.
func (h *History) findContexts() {
	var at set // steps that follow upon the last k
	for i := range h.n {
		at.add(i)
	}
	n := h.words()
	for k := 1; k <= min(maxContext, h.n) && h.known.has(h.n-k); k++ {
		seen := at.follow(h.kind(h.n-k), k, n)
		if seen == 0 {
			return
		}
		for i, steps := range contextSteps {
			if k == steps {
				copy(h.followed[i][:n], at[:n])
			}
		}
		for i, least := range contextSeen {
			if seen >= least {
				copy(h.followed[len(contextSteps)+i][:n], at[:n])
				h.lengths[i] = k
			}
		}
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

// words returns the number of words that hold the steps of the past.
func (h *History) words() int { return (h.n + 63) / 64 }

// follow keeps those steps of the set that lie k steps after one of o, and
// returns their number. Only the first n words are looked at.
func (s *set) follow(o *set, k, n int) (left int) {
	skip, by := k/64, k%64
	for i := n - 1; i >= 0; i-- {
		w := uint64(0)
		if i >= skip {
			w = o[i-skip] << by
		}
		if i > skip {
			w |= o[i-skip-1] >> (64 - by) // 0 where by is 0
		}
		s[i] &= w
		left += bits.OnesCount64(s[i])
	}
	return left
}

// ahead returns the first n words of the set with t taken off every step, t
// less than 64; steps below 0 are lost.
func (s *set) ahead(t, n int) (out set) {
	for i := range s[:n] {
		out[i] = s[i] >> t
		if i+1 < words {
			out[i] |= s[i+1] << (64 - t)
		}
	}
	return out
}

// follows writes, per context, the share of calls among the known steps that
// came t steps after it, pulled towards the overall share with a weight of one
// step.
func (h *History) follows(dst []float32, t int) {
	n := h.words()
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
