package event

import "strconv"

// appendProb appends p with four decimals.
func appendProb(dst []byte, p Prob) []byte {
	return strconv.AppendFloat(dst, roundProb(float64(p)), 'g', -1, 64)
}

// Rounded returns p as who reads it from a message has it.
func (p Prob) Rounded() Prob { return Prob(roundProb(float64(p))) }

// roundProb rounds to four decimals but keeps the open interval open: what is
// not certain must not be read as certain.
func roundProb(p float64) float64 {
	r := float64(int(p*1e4+0.5)) / 1e4
	switch {
	case r == 0 && p > 0:
		return 1e-4
	case r == 1 && p < 1:
		return 0.9999
	}
	return r
}
