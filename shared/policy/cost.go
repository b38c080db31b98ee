package policy

import (
	"math"
	"time"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

// DefaultWaitPrice is the default of Config.WaitPrice, in GB·s per second: the weights of
// FeMux's measure of waste and waiting.
//
// Source: FeMux, EuroSys 2026: RUM = cold-start seconds + wasted GB·s / 99.69.
const DefaultWaitPrice = 99.69

// AssumedMemory is the memory of a replica, in bytes, if that of no function is known: half of
// the applications of Azure Functions allocate at most 170 MB.
//
// Source: Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, section 3.5.
const AssumedMemory = 170 << 20

// Gigabyte is the unit of memory in prices, in bytes: 1000 MB of 2^20 bytes. The measures of the
// literature count so, and DefaultWaitPrice comes from one of them, so that scaler and simulator
// have the same ratio for the same memory.
const Gigabyte = 1000 << 20

// Costs are what the cost ratio of a function comes from if nobody has set it. Prices are in
// GB·s, the memory that could have been used for something else.
type Costs struct {
	Memory    int64         // of a replica, in bytes
	Step      time.Duration // for which an idle replica is paid
	Start     time.Duration // readiness time, for which a call waits at a cold start
	WaitPrice float64       // of a second of waiting, see Config.WaitPrice
}

// Idle returns the price of an idle replica-step: memory in GB times the step in seconds.
func (c Costs) Idle() float64 { return float64(c.Memory) / Gigabyte * c.Step.Seconds() }

// Cold returns the price of a cold start: the start time in seconds times the wait price.
func (c Costs) Cold() float64 { return c.Start.Seconds() * c.WaitPrice }

// Ratio returns the cost ratio, within LeastRatio and MostRatio:
//
//	ratio = Idle / Cold
//
// A small function that starts slowly has a low ratio and is kept warm, a large one that starts
// fast is not. A start that takes no time has MostRatio: no idle replica is worth its price.
func (c Costs) Ratio() float64 {
	if c.Cold() <= 0 {
		return MostRatio
	}
	return math.Min(math.Max(c.Idle()/c.Cold(), LeastRatio), MostRatio)
}

// Prices returns both prices as a decision states them. from says where the memory comes from,
// such as event.MemoryOwn.
func (c Costs) Prices(from string) *event.Prices {
	return &event.Prices{Idle: c.Idle(), Cold: c.Cold(), MemoryBytes: c.Memory, MemoryFrom: from}
}

// MemoryToPrice returns the memory of a replica that Costs rest on, and where it comes from:
// that of the function itself, else the median of the functions beside it, else AssumedMemory.
// What is unknown is 0.
func MemoryToPrice(own, median int64) (bytes int64, from string) {
	switch {
	case own > 0:
		return own, event.MemoryOwn
	case median > 0:
		return median, event.MemoryMedian
	}
	return AssumedMemory, event.MemoryAssumed
}

// ParseCostRatio reads the cost ratio of a flag: a number from LeastRatio to MostRatio, or
// config.Auto for auto. An empty text is the default. The error begins with the name of the flag.
func ParseCostRatio(flag, text string) (float64, error) {
	r := config.NewReader(func(string) string { return text })
	ratio := r.FloatOrAuto(flag, DefaultConfig().CostRatio, LeastRatio, MostRatio)
	return ratio, r.Err()
}
