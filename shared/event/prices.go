package event

import (
	"cmp"
	"fmt"
	"math"
)

// Prices are what the cost ratio of a decision comes from. They are in GB·s: gigabytes of 1000
// MiB (policy.Gigabyte) times seconds.
type Prices struct {
	Idle        float64 `json:"idle"`         // of an idle replica-step
	Cold        float64 `json:"cold"`         // of a cold start
	MemoryBytes int64   `json:"memory_bytes"` // of a replica, which Idle rests on
	MemoryFrom  string  `json:"memory_from"`  // where MemoryBytes comes from
}

// Values of Prices.MemoryFrom.
const (
	MemoryOwn     = "own"     // the limit or else the request of the function
	MemoryMedian  = "median"  // the median of the functions whose memory is known
	MemoryAssumed = "assumed" // a constant, since the memory of no function is known
)

// validate checks the prices of a decision, nil for none.
func (p *Prices) validate() error {
	if p == nil {
		return nil
	}
	switch p.MemoryFrom {
	case MemoryOwn, MemoryMedian, MemoryAssumed:
	default:
		return fmt.Errorf("inputs.prices.memory_from must be %s, %s or %s, was: %.40q", MemoryOwn, MemoryMedian, MemoryAssumed, p.MemoryFrom)
	}
	if p.MemoryBytes < 1 || p.MemoryBytes > maxMemory {
		return fmt.Errorf("inputs.prices.memory_bytes must be between 1 and %d, was: %d", int64(maxMemory), p.MemoryBytes)
	}
	return cmp.Or(checkRange("inputs.prices.idle", p.Idle, math.MaxFloat32), checkRange("inputs.prices.cold", p.Cold, math.MaxFloat32))
}

// Text states both prices and what they rest on, with the readiness time of the decision:
//
//	an idle step costs 7.68 GB·s (128 MiB), a cold start 498 GB·s (5.0 s, assumed)
func (p *Prices) Text(readiness float64, measured bool) string {
	memory := fmt.Sprintf("%.4g MiB", float64(p.MemoryBytes)/(1<<20))
	switch p.MemoryFrom {
	case MemoryMedian:
		memory += ", the median of all functions"
	case MemoryAssumed:
		memory += ", assumed"
	}
	start := fmt.Sprintf("%.1f s", readiness)
	if !measured {
		start += ", assumed"
	}
	return fmt.Sprintf("an idle step costs %s GB·s (%s), a cold start %s GB·s (%s)", threeDigits(p.Idle), memory, threeDigits(p.Cold), start)
}

// threeDigits returns a number with three significant digits, and no exponent if it is large.
func threeDigits(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
