package event

import "math"

// Load is the number of replicas that calls keep busy on average in a step, before it is
// rounded up to a need; see series.Loads. It has three decimals in memory as in a message.
// That keeps messages small, and writer and reader of a message compute with the same
// number.
type Load float32

// maxLoad bounds loads, so that neither a load nor its need overflows an int32.
const maxLoad = math.MaxInt32 / 2

// NewLoad returns a load with the decimals and the bound of a message.
func NewLoad(load float64) Load {
	if load == 0 {
		return 0
	}
	return Load(math.Round(1000*math.Min(load, maxLoad)) / 1000)
}

// NeedOf returns the need of a load that is not zero: the load rounded up, at
// least 1. A load above a whole number by no more than 1e-9 counts as that number,
// because such a difference is a rounding error.
func NeedOf(load float64) int32 {
	return int32(max(1, math.Ceil(min(load, maxLoad)-1e-9)))
}
