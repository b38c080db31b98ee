package event

import "math"

// Load is the number of replicas that calls keep busy on average, before it is
// rounded up to a need:
//
//	load = count * duration / (step * concurrency)
//
// It has three decimals, in memory as in a message: who reads the message
// computes with what its writer had, and the message stays small.
type Load float32

// NewLoad returns the load of a step, 0 where count or duration is unknown.
// The arguments are those of series.Need.
func NewLoad(count int32, duration, step, concurrency float64) Load {
	if count <= 0 {
		return 0
	}
	load := float64(count) * duration / (step * concurrency)
	return Load(math.Round(1000*math.Min(load, math.MaxInt32/2)) / 1000)
}
