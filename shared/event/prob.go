package event

import (
	"fmt"
	"math"
	"strconv"
)

// Prob is a probability. It is written with four decimals, which keeps a batch of
// forecasts small.
type Prob float32

// probParts is the number of parts of a probability that a message tells apart.
const probParts = 10_000

// MarshalJSON writes p rounded; see Rounded. It returns an error if p is not between 0
// and 1.
func (p Prob) MarshalJSON() ([]byte, error) {
	if v := float64(p); math.IsNaN(v) || v < 0 || v > 1 {
		return nil, fmt.Errorf("a probability must be between 0 and 1, was: %v", v)
	}
	return strconv.AppendFloat(nil, float64(p.parts())/probParts, 'g', -1, 64), nil
}

// Rounded returns p as the reader of a message decodes it: with four decimals, but
// never rounded to 0 or 1, because what is uncertain must not be read as certain.
func (p Prob) Rounded() Prob { return probOf(p.parts()) }

// parts returns p in ten-thousandths, rounded as Rounded does it.
func (p Prob) parts() int32 {
	parts := int32(float64(p)*probParts + 0.5)
	switch {
	case parts == 0 && p > 0:
		return 1
	case parts == probParts && p < 1:
		return probParts - 1
	}
	return parts
}

// probOf returns the probability of so many ten-thousandths.
func probOf(parts int32) Prob { return Prob(float64(parts) / probParts) }
