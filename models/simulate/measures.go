package main

import (
	"fmt"
	"strings"

	"prewarm/shared/simulate"
	"prewarm/shared/simulate/measure"
)

// memory counts the functions by where their memory comes from.
type memory struct {
	Own     int `json:"own_application"`
	Median  int `json:"median_of_trace"`
	Default int `json:"default"`
}

// memoryOf returns the rules of memory of a workload.
func memoryOf(w *simulate.Workload) memory {
	rules := w.MemoryRules()
	return memory{rules[simulate.OwnMemory], rules[simulate.MedianMemory], rules[simulate.DefaultMemory]}
}

// column is one figure of the tables of measures.
type column struct {
	heading string
	key     string // of the figure relative to keep-alive-10, in the table and in JSON; "" to show it as it is
	value   func(measure.Measures) float64
}

// costColumns returns the columns of what a policy costs.
func costColumns() []column {
	rum := func(heading, key string, value func(measure.RUM) float64) column {
		return column{heading, "rum_" + key, func(m measure.Measures) float64 { return value(m.RUM) }}
	}
	return []column{
		{"idle GB·s", "idle_gb_seconds", func(m measure.Measures) float64 { return m.IdleGBs }},
		rum("RUM, idle", "idle", func(r measure.RUM) float64 { return r.Idle }),
		rum("RUM, all waste", "all_waste", func(r measure.RUM) float64 { return r.All }),
		rum("cold starts x4, idle", "dear_cold_starts_idle", func(r measure.RUM) float64 { return r.ColdIdle }),
		rum("cold starts x4, all waste", "dear_cold_starts_all_waste", func(r measure.RUM) float64 { return r.ColdAll }),
		rum("memory x4, idle", "dear_memory_idle", func(r measure.RUM) float64 { return r.MemoryIdle }),
		rum("memory x4, all waste", "dear_memory_all_waste", func(r measure.RUM) float64 { return r.MemoryAll }),
	}
}

// rateColumns returns the columns of the rates of functions and applications.
func rateColumns() []column {
	return []column{
		{"p50", "", func(m measure.Measures) float64 { return m.Functions.P50 }},
		{"p75", "", func(m measure.Measures) float64 { return m.Functions.P75 }},
		{"p90", "", func(m measure.Measures) float64 { return m.Functions.P90 }},
		{"always cold", "", func(m measure.Measures) float64 { return m.Functions.AlwaysCold }},
		{"SPES: p50", "", func(m measure.Measures) float64 { return m.SPES.P50 }},
		{"p75", "", func(m measure.Measures) float64 { return m.SPES.P75 }},
		{"p90", "", func(m measure.Measures) float64 { return m.SPES.P90 }},
		{"always cold", "", func(m measure.Measures) float64 { return m.SPES.AlwaysCold }},
		{"wasted", "spes_wasted_minutes", spesWaste},
		{"application: p75", "", func(m measure.Measures) float64 { return m.Applications.P75 }},
		{"wasted", "application_wasted_minutes", func(m measure.Measures) float64 { return float64(m.Applications.WastedMinutes) }},
	}
}

// spesWaste returns the wasted memory time of SPES's protocol.
func spesWaste(m measure.Measures) float64 { return float64(m.SPES.WastedMinutes) }

// measures returns the tables of the measures of the literature. With a store, whose table
// per function follows, there are none.
func (r *report) measures() string {
	if r.store {
		return ""
	}
	return fmt.Sprintf("\nMemory of a replica: %d functions have that of their application, %d the median of the trace, %d the default of %d MB.\n",
		r.Memory.Own, r.Memory.Median, r.Memory.Default, simulate.DefaultMemoryMB) +
		"\nWhat the policies cost, relative to keep-alive-10:\n\n" + r.table(costColumns()) +
		"\nRates of cold starts, and wasted minutes relative to keep-alive-10:\n\n" + r.table(rateColumns()) + r.lowest()
}

// table returns a Markdown table of measures with a row per policy.
func (r *report) table(columns []column) string {
	text, rule := "| policy |", "|---|"
	for _, c := range columns {
		text, rule = text+" "+c.heading+" |", rule+"---|"
	}
	text += "\n" + rule + "\n"
	for _, s := range r.Scores {
		text += "| " + s.Policy + " |"
		for _, c := range columns {
			if c.key != "" {
				text += " " + decimals(s.Relative[c.key]) + " |"
				continue
			}
			text += fmt.Sprintf(" %.3f |", c.value(s.Measures))
		}
		text += "\n"
	}
	return text
}

// lowest returns a line with the lowest RUM of prewarm for each account of waste.
func (r *report) lowest() string {
	var parts []string
	for _, c := range costColumns()[1:3] {
		var best *scored
		for i, s := range r.Scores {
			if strings.HasPrefix(s.Policy, namePrewarm+"-") && (best == nil || c.value(s.Measures) < c.value(best.Measures)) {
				best = &r.Scores[i]
			}
		}
		if best != nil {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", c.heading, decimals(best.Relative[c.key]), best.Policy))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "\nLowest of prewarm, relative to keep-alive-10: " + strings.Join(parts, "; ") + "\n"
}
