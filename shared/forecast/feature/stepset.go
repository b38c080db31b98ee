package feature

import "math/bits"

// words is the number of 64-bit words that hold one bit per step.
const words = (MaxHistory + 63) / 64

// set is a set of steps, 0 to MaxHistory-1.
type set [words]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

// count returns the number of steps in the set from the given one on.
func (s *set) count(from int) int {
	if from >= words*64 {
		return 0
	}
	n := bits.OnesCount64(s[from/64] >> (from % 64))
	for _, w := range s[from/64+1:] {
		n += bits.OnesCount64(w)
	}
	return n
}

// first returns the set of the first n steps.
func first(n int) (out set) {
	for i := range n / 64 {
		out[i] = ^uint64(0)
	}
	if n%64 > 0 {
		out[n/64] = 1<<(n%64) - 1
	}
	return out
}

// follow keeps those steps of the set that lie k steps after one of o, and
// returns their number. Only the first n words are looked at.
func (s *set) follow(o *set, k, n int) (left int) {
	skip, by := k/64, k%64
	clear(s[:min(skip, n)])
	carry := uint64(0) // bits of the word before
	for i, w := range o[:max(0, n-skip)] {
		s[skip+i] &= w<<by | carry
		carry = w >> (64 - by) // 0 where by is 0
		left += bits.OnesCount64(s[skip+i])
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

// recentWords is the number of words that hold the last Steps steps.
const recentWords = (Steps + 63) / 64

// recentSet is a set of the last Steps steps, counted from the first of them.
type recentSet [recentWords]uint64

// tail returns the steps of the set from the given one on.
func (s *set) tail(from int) recentSet {
	var out recentSet
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

// shift returns the set with n added to every step; what exceeds the words is
// lost.
func (s *recentSet) shift(n int) recentSet {
	var out recentSet
	skip, by := n/64, n%64
	for i := recentWords - 1; i >= skip; i-- {
		out[i] = s[i-skip] << by
		if by > 0 && i > skip {
			out[i] |= s[i-skip-1] >> (64 - by)
		}
	}
	return out
}

// both returns the number of steps in both sets.
func (s *recentSet) both(o *recentSet) int {
	n := 0
	for i := range s {
		n += bits.OnesCount64(s[i] & o[i])
	}
	return n
}

func (s *recentSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *recentSet) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

// count returns the number of steps in the set from the given one on.
func (s *recentSet) count(from int) int {
	n := 0
	for i := from / 64; i < recentWords; i++ {
		w := s[i]
		if i == from/64 {
			w = w >> (from % 64)
		}
		n += bits.OnesCount64(w)
	}
	return n
}
