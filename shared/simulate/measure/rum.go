package measure

// Weights of RUM, from its source.
const (
	// ColdStartSeconds is what a cold start costs: 0.808 s of start time.
	ColdStartSeconds = 0.808

	// GBsPerSecond is the wasted memory that costs as much as a second of start, in GB·s.
	GBsPerSecond = 99.69

	// Dear is the factor of the two variants, in which cold starts or memory cost more.
	Dear = 4
)

// RUM is the cost of a policy in seconds, which joins cold starts and wasted memory:
//
//	RUM = 0.808 s * cold starts + wasted GB·s / 99.69
//
// Each is given for two accounts of waste. Idle is idle time alone. All adds the part of
// needed minutes in which no call ran, 60 * max(0, need - load), which no policy can
// avoid in steps of a minute; the source counts this.
//
// Source: Nasiri et al., "In-Production Characterization of an Open Source Serverless
// Platform and New Scaling Strategies", EuroSys 2026, whose policy is FeMux; constants and
// variants (FeMux-CS and FeMux-Mem, each with one weight four times as large) as in its
// artifact, github.com/ubc-cirrus-lab/femux. The artifact keeps a replica that starts cold
// to the end of its minute only, and has applications in place of functions.
type RUM struct {
	Idle float64 `json:"idle"`
	All  float64 `json:"all_waste"`

	// With a cold start Dear times as dear.
	ColdIdle float64 `json:"dear_cold_starts_idle"`
	ColdAll  float64 `json:"dear_cold_starts_all_waste"`

	// With memory Dear times as dear.
	MemoryIdle float64 `json:"dear_memory_idle"`
	MemoryAll  float64 `json:"dear_memory_all_waste"`
}

// rumOf returns the measure of a number of cold starts, and of idle time and unused parts
// of needed minutes in GB·s.
func rumOf(coldStarts int64, idle, unused float64) RUM {
	cold, idle, all := ColdStartSeconds*float64(coldStarts), idle/GBsPerSecond, (idle+unused)/GBsPerSecond
	return RUM{
		Idle: cold + idle, All: cold + all,
		ColdIdle: Dear*cold + idle, ColdAll: Dear*cold + all,
		MemoryIdle: cold + Dear*idle, MemoryAll: cold + Dear*all,
	}
}
