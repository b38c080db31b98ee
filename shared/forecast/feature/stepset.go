package feature

import (
	"math/bits"

	"prewarm/shared/series"
)

// words is the number of 64-bit words that hold one bit per step of a history.
const words = (MaxHistory + 63) / 64

// stepSet is a set of steps of a history, 0 to MaxHistory-1, one bit per step.
// Patterns are searched for in all of a day at once by shifts and ands of whole
// words.
type stepSet [words]uint64

func (s *stepSet) add(i int)          { s[i/64] |= 1 << (i % 64) }
func (s *stepSet) has(i int) bool     { return s[i/64]>>(i%64)&1 == 1 }
func (s *stepSet) count(from int) int { return countFrom(s[:], from) }

// before returns the highest step of the set below i, -1 if there is none.
func (s *stepSet) before(i int) int {
	for at := (i - 1) / 64; at >= 0 && i > 0; at-- {
		w := s[at]
		if i < 64*(at+1) {
			w &= 1<<(i%64) - 1
		}
		if w != 0 {
			return 64*at + 63 - bits.LeadingZeros64(w)
		}
	}
	return -1
}

// readSteps adds the known and the active steps of counts to empty sets. most is the
// largest count, sum that of the active steps.
func readSteps(known, called *stepSet, counts []int32) (most int32, sum int64) {
	for i := 0; i < len(counts); i += 8 {
		block := counts[i:min(i+8, len(counts))]
		if len(block) == 8 && block[0]|block[1]|block[2]|block[3]|block[4]|block[5]|block[6]|block[7] == 0 {
			known[i/64] |= 0xff << (i % 64) // most steps of most functions
			continue
		}
		for j, c := range block {
			if c != series.NoData {
				known.add(i + j)
			}
			if c > 0 {
				called.add(i + j)
				most, sum = max(most, c), sum+int64(c)
			}
		}
	}
	return most, sum
}

// countFrom returns the number of bits from the given one on.
func countFrom(words []uint64, from int) (n int) {
	for i := from / 64; i < len(words); i++ {
		w := words[i]
		if i == from/64 {
			w >>= from % 64
		}
		n += bits.OnesCount64(w)
	}
	return n
}

// firstSteps returns the set of the first n steps.
func firstSteps(n int) (s stepSet) {
	for i := range n / 64 {
		s[i] = ^uint64(0)
	}
	if n%64 > 0 {
		s[n/64] = 1<<(n%64) - 1
	}
	return s
}

// keepAfter keeps the steps of the set that lie k steps after one of o, and
// returns their number. It looks at the first n words only.
func (s *stepSet) keepAfter(o *stepSet, k, n int) (left int) {
	skip, by := k/64, k%64
	clear(s[:min(skip, n)])
	carry := uint64(0) // high bits of the word before
	for i, w := range o[:max(0, n-skip)] {
		s[skip+i] &= w<<by | carry
		carry = w >> (64 - by) // 0 if by is 0
		left += bits.OnesCount64(s[skip+i])
	}
	return left
}

// earlier returns the first n words of the set with t, less than 64, taken off
// every step. Steps below 0 are lost.
func (s *stepSet) earlier(t, n int) (out stepSet) {
	for i := range s[:n] {
		out[i] = s[i] >> t
		if i+1 < words {
			out[i] |= s[i+1] << (64 - t)
		}
	}
	return out
}

// recentWords is the number of words that hold the last Steps steps.
const recentWords = (Steps + 63) / 64

// recentSet is a set of the last Steps steps, counted from the first of them.
// It is an eighth of a stepSet, which matters as all lags are tried on it.
type recentSet [recentWords]uint64

func (s *recentSet) add(i int)          { s[i/64] |= 1 << (i % 64) }
func (s *recentSet) has(i int) bool     { return s[i/64]>>(i%64)&1 == 1 }
func (s *recentSet) count(from int) int { return countFrom(s[:], from) }

// tail returns the steps of the set from the given one on.
func (s *stepSet) tail(from int) (out recentSet) {
	skip, by := from/64, from%64
	for i := range out {
		if i+skip < words {
			out[i] = s[i+skip] >> by
		}
		if by > 0 && i+skip+1 < words {
			out[i] |= s[i+skip+1] << (64 - by)
		}
	}
	return out
}

// later returns the set with n added to every step. Steps beyond the last word
// are lost.
func (s *recentSet) later(n int) (out recentSet) {
	skip, by := n/64, n%64
	for i := recentWords - 1; i >= skip; i-- {
		out[i] = s[i-skip] << by
		if by > 0 && i > skip {
			out[i] |= s[i-skip-1] >> (64 - by)
		}
	}
	return out
}

// common returns the number of steps in both sets.
func (s *recentSet) common(o *recentSet) (n int) {
	for i := range s {
		n += bits.OnesCount64(s[i] & o[i])
	}
	return n
}
