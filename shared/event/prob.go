package event

import (
	"fmt"
	"math"
	"strconv"
)

// Prob is a probability. It is written with four decimals, which keeps a batch of
// forecasts small.
type Prob float32

// MarshalJSON writes p rounded; see Rounded. It returns an error if p is not between 0
// and 1.
func (p Prob) MarshalJSON() ([]byte, error) {
	if v := float64(p); math.IsNaN(v) || v < 0 || v > 1 {
		return nil, fmt.Errorf("a probability must be between 0 and 1, was: %v", v)
	}
	return strconv.AppendFloat(nil, roundProb(float64(p)), 'g', -1, 64), nil
}

// Rounded returns p as the reader of a message decodes it: with four decimals, but
// never rounded to 0 or 1, because what is uncertain must not be read as certain.
func (p Prob) Rounded() Prob { return Prob(roundProb(float64(p))) }

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
