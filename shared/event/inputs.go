package event

import (
	"cmp"
	"fmt"
	"math"

	"prewarm/shared/series"
)

// maxNumber bounds replicas, calls and steps of a message: they are added up.
const maxNumber = math.MaxInt32

// maxMemory bounds the memory of a replica, in bytes: 1 PiB.
const maxMemory = 1 << 50

// checkNumber returns an error that names the field unless n is between least and maxNumber.
// A least of -1 stands for an unknown number.
func checkNumber(field string, n, least int) error {
	if n < least || n > maxNumber {
		return fmt.Errorf("%s must be between %d and %d, was: %d", field, least, maxNumber, n)
	}
	return nil
}

// checkRange is checkNumber for a number between 0 and most. NaN is outside.
func checkRange(field string, v, most float64) error {
	if !(v >= 0 && v <= most) {
		return fmt.Errorf("%s must be between 0 and %v, was: %v", field, most, v)
	}
	return nil
}

// validate checks the inputs of a decision, which pages show and sums contain.
func (in *Inputs) validate() error {
	if len(in.Settled) > MaxSettled {
		return fmt.Errorf("inputs.settled must have at most %d steps, had: %d", MaxSettled, len(in.Settled))
	}
	for i, n := range in.Settled {
		if n < series.NoData {
			return fmt.Errorf("inputs.settled[%d] must be at least 0, or -1 if not settled, was: %d", i, n)
		}
	}
	if in.MemoryBytes < 0 || in.MemoryBytes > maxMemory {
		return fmt.Errorf("inputs.memory_bytes must be between 0 and %d, was: %d", int64(maxMemory), in.MemoryBytes)
	}
	return cmp.Or(in.validateCounts(), in.validateShares(), in.Prices.validate())
}

func (in *Inputs) validateCounts() error {
	return cmp.Or(
		checkNumber("inputs.lookahead_steps", in.LookaheadSteps, 0), checkNumber("inputs.recent_need", int(in.RecentNeed), -1),
		checkNumber("inputs.in_flight", in.InFlight, -1), checkNumber("inputs.peak", in.Peak, -1), checkNumber("inputs.queued", in.Queued, 0),
		checkNumber("inputs.min", in.Min, 0), checkNumber("inputs.max", in.Max, 0),
		checkNumber("inputs.started", in.Started, -1), checkNumber("inputs.not_ready", in.NotReady, 0),
	)
}

func (in *Inputs) validateShares() error {
	return cmp.Or(
		checkRange("inputs.cost_ratio", in.CostRatio, 1), checkRange("inputs.p_active", in.PActive, 1), checkRange("inputs.p_more", in.PMore, 1),
		checkRange("inputs.readiness_seconds", in.ReadinessSeconds, maxReadiness), checkRange("inputs.calls_per_replica", in.CallsPerReplica, math.MaxFloat32),
		checkRange("inputs.view_age", in.ViewAge, MaxViewAge.Seconds()), checkRange("inputs.expected_cold", in.ExpectedCold, Horizons), checkRange("inputs.expected_cold_left", in.ExpectedColdLeft, Horizons),
	)
}
