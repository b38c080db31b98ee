package main

import (
	"fmt"
	"strings"
)

// summary compares prewarm with reference policies at equal cold starts or at equal
// idle time, interpolated between the cost ratios of the sweep. A comparison outside
// of the sweep is null.
type summary struct {
	IdleAtKeepAliveCold *comparison `json:"idle_at_keepalive_10_cold_starts"`
	ColdAtKeepAliveIdle *comparison `json:"cold_starts_at_keepalive_10_idle"`
	IdleAtHybridCold    *comparison `json:"idle_at_hybrid_cold_starts"`
	P75AtSPESWaste      *comparison `json:"spes_p75_at_spes_wasted_minutes"` // by SPES's protocol
}

// comparison is a point on the curve of prewarm.
type comparison struct {
	CostRatio float64 `json:"cost_ratio"` // interpolated
	Share     float64 `json:"share"`      // of the reference policy's figure
	P75Rate   float64 `json:"p75_rate"`
}

// figure is one of the numbers of a score.
type figure func(scored) float64

// coldStarts and idleTime are the two axes of the comparison; spesRate and spesMinutes
// those of SPES's protocol.
func coldStarts(s scored) float64  { return float64(s.Cold) }
func idleTime(s scored) float64    { return float64(s.Idle) }
func spesRate(s scored) float64    { return s.Measures.SPES.P75 }
func spesMinutes(s scored) float64 { return spesWaste(s.Measures) }

// summarize compares the scores of prewarm-X.
func (r *report) summarize() {
	var ratios []float64
	var curve []scored
	var hybrid, spes scored
	for _, s := range r.Scores {
		var x float64
		// The names end with the cost ratio. That of prewarm-reactive begins with "prewarm+"
		// and does not match.
		if n, _ := fmt.Sscanf(s.Policy, namePrewarm+"-%g", &x); n == 1 {
			ratios, curve = append(ratios, x), append(curve, s)
		}
		switch s.Policy {
		case "hybrid":
			hybrid = s
		case "spes":
			spes = s
		}
	}
	r.Summary = summary{
		IdleAtKeepAliveCold: compare(ratios, curve, r.base, coldStarts, idleTime),
		ColdAtKeepAliveIdle: compare(ratios, curve, r.base, idleTime, coldStarts),
		IdleAtHybridCold:    compare(ratios, curve, hybrid, coldStarts, idleTime),
		P75AtSPESWaste:      compare(ratios, curve, spes, spesMinutes, spesRate),
	}
}

// compare finds the point of the curve at which the figure equal is that of the
// reference, and returns the figure asked there relative to the reference's. It
// interpolates linearly between the first two neighbours that enclose the reference,
// and returns nil if there are none.
// Along the sweep, a higher cost ratio means less idle time and more cold starts. Two
// policies are comparable only at equal cold starts or at equal idle time.
func compare(ratios []float64, curve []scored, reference scored, equal, asked figure) *comparison {
	want, whole := equal(reference), asked(reference)
	// A share of nothing is not defined.
	if whole == 0 {
		return nil
	}
	for i := 1; i < len(curve); i++ {
		a, b := equal(curve[i-1]), equal(curve[i])
		// No slope, or the reference lies on the same side of both.
		if a == b || (a-want)*(b-want) > 0 {
			continue
		}
		// w is 0 at the neighbour before and 1 at the one behind.
		w := (want - a) / (b - a)
		mix := func(x, y float64) float64 { return x + w*(y-x) }
		return &comparison{
			CostRatio: mix(ratios[i-1], ratios[i]),
			Share:     mix(asked(curve[i-1]), asked(curve[i])) / whole,
			P75Rate:   mix(curve[i-1].P75Rate, curve[i].P75Rate),
		}
	}
	return nil
}

// text returns the lines below the table.
func (s summary) text() string {
	var lines []string
	add := func(c *comparison, format string) {
		if c != nil {
			lines = append(lines, fmt.Sprintf(format+", 75th percentile of the functions' rates %.3f (cost ratio %.3f)\n", c.Share, c.P75Rate, c.CostRatio))
		}
	}
	add(s.IdleAtKeepAliveCold, "- At keep-alive-10's cold starts: idle time %.3f of keep-alive-10's")
	add(s.ColdAtKeepAliveIdle, "- At keep-alive-10's idle time: cold starts %.3f of keep-alive-10's")
	add(s.IdleAtHybridCold, "- At the hybrid histogram's cold starts: idle time %.3f of the hybrid histogram's")
	add(s.P75AtSPESWaste, "- At the wasted minutes of SPES, by its protocol: 75th percentile of the rates %.3f of that of SPES")
	if len(lines) == 0 {
		return ""
	}
	return "\nprewarm, interpolated between its cost ratios:\n\n" + strings.Join(lines, "")
}
