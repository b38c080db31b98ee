// Package measure counts the decisions of a policy as the literature on cold starts counts
// them, so that its figures can stand beside published ones. shared/simulate counts them
// by the rules of this project.
//
//	RUM           seconds of start and of wasted memory in one sum (FeMux, EuroSys 2026)
//	SPES          one instance per function, minutes alone (SPES, ICDE 2024)
//	Applications  one instance per application (Shahrad et al., ATC 2020)
//	Functions     cold starts relative to the need, per function
//
// A Population is the functions of a workload. A Meter adds up the decisions of one policy
// on them while it runs, and returns its Measures. All measures leave the warm-up out, as
// simulate.Scorer does, and minutes without data.
package measure

import "prewarm/shared/score"

// Measures are the figures of one policy.
type Measures struct {
	ColdStarts int64 `json:"cold_starts"`

	// IdleGBs is idle time weighted by the memory of each function, in GB·s, and UnusedGBs
	// the part of needed minutes in which no call ran, which no policy changes. A gigabyte
	// has 1000 MB, as in RUM's source.
	IdleGBs   float64 `json:"idle_gb_seconds"`
	UnusedGBs float64 `json:"unused_gb_seconds"`

	RUM          RUM          `json:"rum"`
	SPES         SPES         `json:"spes"`
	Applications Applications `json:"applications"`

	// Functions are the functions' own rates, cold starts / need.
	Functions Rates `json:"functions"`
}

// Rates is the spread of rates of cold starts over functions or applications.
type Rates struct {
	Counted int     `json:"counted"` // those that have a rate; without any, the rest is 0 and says nothing
	P50     float64 `json:"p50"`
	P75     float64 `json:"p75"`
	P90     float64 `json:"p90"`

	// AlwaysCold is the share whose rate is 1: nothing that they needed was warm.
	AlwaysCold float64 `json:"always_cold"`
}

// ratesOf returns the spread of values.
func ratesOf(values []float64) Rates {
	if len(values) == 0 {
		return Rates{}
	}
	cold := 0
	for _, v := range values {
		if v == 1 {
			cold++
		}
	}
	return Rates{
		Counted: len(values), AlwaysCold: float64(cold) / float64(len(values)),
		P50: score.Percentile(values, 0.5), P75: score.Percentile(values, 0.75), P90: score.Percentile(values, 0.9),
	}
}
