package feature

import "math/bits"

// words is the number of 64-bit words that hold one bit per step.
const words = (Steps + 63) / 64

// set is a set of steps, 0 to Steps-1.
type set [words]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

// shift returns the set with n added to every step; what exceeds the words is
// lost.
func (s *set) shift(n int) set {
	var out set
	skip, by := n/64, n%64
	for i := words - 1; i >= skip; i-- {
		out[i] = s[i-skip] << by
		if by > 0 && i > skip {
			out[i] |= s[i-skip-1] >> (64 - by)
		}
	}
	return out
}

// both returns the number of steps in both sets.
func (s *set) both(o *set) int {
	n := 0
	for i := range s {
		n += bits.OnesCount64(s[i] & o[i])
	}
	return n
}
