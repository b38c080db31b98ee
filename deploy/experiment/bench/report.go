//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// figure is one row of the table: a value of each size.
type figure struct {
	name string
	of   func(*Result) string
}

// times returns a row for each percentile.
func times(name string, of func(*Result) Times) []figure {
	row := func(p string, value func(Times) float64) figure {
		return figure{name + ", " + p + ", s", func(r *Result) string { return strconv.FormatFloat(value(of(r)), 'f', 2, 64) }}
	}
	return []figure{
		row("p50", func(t Times) float64 { return t.P50 }), row("p95", func(t Times) float64 { return t.P95 }), row("p99", func(t Times) float64 { return t.P99 }),
	}
}

// figures are the rows without a fit.
func figures() []figure {
	count := func(name string, of func(*Result) int) figure {
		return figure{name, func(r *Result) string { return strconv.Itoa(of(r)) }}
	}
	rows := []figure{
		{"step, s", func(r *Result) string { return fmt.Sprint(r.StepSeconds) }},
		count("steps measured", func(r *Result) int { return r.Steps }),
		{"from the start to the first step decided, s", func(r *Result) string { return strconv.FormatFloat(r.FirstSeconds, 'f', 1, 64) }},
		count("decisions of functions in steps", func(r *Result) int { return r.Decided }),
		count("late by more than a step", func(r *Result) int { return r.Late }),
		count("missing", func(r *Result) int { return r.Missing }),
		count("decided without the calls of the step", func(r *Result) int { return r.Unknown }),
		count("decided again", func(r *Result) int { return r.Repeated }),
		count("scale calls by decisions of steps", func(r *Result) int { return r.Scales }),
		count("scale calls between steps", func(r *Result) int { return r.Between }),
	}
	return slices.Concat(rows,
		times("end of step to last scale call", func(r *Result) Times { return r.LastScale }),
		times("end of step to each scale call", func(r *Result) Times { return r.EachScale }),
		times("end of step to first windows", func(r *Result) Times { return r.FirstWindow }),
		times("end of step to last windows", func(r *Result) Times { return r.LastWindow }),
		times("end of step to last forecasts", func(r *Result) Times { return r.LastForecast }),
		times("end of step to last decision", func(r *Result) Times { return r.LastDecision }),
	)
}

// Table returns the results as text: a column for each size, and the fit of each cost.
func Table(results []*Result) [][]string {
	heading := []string{"functions"}
	for _, r := range results {
		heading = append(heading, strconv.Itoa(r.Functions))
	}
	rows := [][]string{append(heading, "exponent", "ratio")}
	add := func(name string, of func(*Result) string) {
		row := []string{name}
		for _, r := range results {
			row = append(row, of(r))
		}
		rows = append(rows, append(row, "", ""))
	}
	for _, f := range figures() {
		add(f.name, f.of)
	}
	for _, part := range parts(results) {
		add("peak memory, "+part+", MiB", func(r *Result) string { return r.peak(part) })
	}
	for _, c := range Costs(results) {
		row := []string{c.Name + ", per function and step"}
		for _, each := range c.Each {
			row = append(row, fmt.Sprintf("%.3g %s", each, c.Unit))
		}
		rows = append(rows, append(row, orNothing(c.Exponent), orNothing(c.Ratio)))
	}
	return rows
}

// orNothing returns a figure of a fit, "-" for 0, which means unknown.
func orNothing(x float64) string {
	if x == 0 {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// parts returns the parts whose memory was measured.
func parts(results []*Result) (names []string) {
	for _, m := range results[0].Memory {
		names = append(names, m.Part)
	}
	return names
}

// peak returns the memory of a part, and its limit if it has one.
func (r *Result) peak(part string) string {
	for _, m := range r.Memory {
		switch {
		case m.Part != part:
		case m.Limit > 0:
			return fmt.Sprintf("%d of %d", m.Peak>>20, m.Limit>>20)
		default:
			return strconv.FormatInt(m.Peak>>20, 10)
		}
	}
	return "-"
}

// WriteJSON writes results and fits.
func WriteJSON(out io.Writer, results []*Result) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Results []*Result `json:"results"`
		Costs   []Cost    `json:"costs"`
	}{results, Costs(results)})
}
