package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"prewarm/shared/chart"
)

// writePlot draws cold starts against idle memory as SVG, on logarithmic axes. A policy
// without cold starts or without idle memory cannot be drawn on them and is named in
// the title.
func (r *report) writePlot(out io.Writer) error {
	curves, left := r.curves()
	l := chart.Lines{
		Title: fmt.Sprintf("%s, %d functions", r.Layout, r.Functions), X: "idle memory, GB·s", Y: "cold starts",
		Lines: curves, LegendTop: true, Wide: true, Log: true,
	}
	if len(left) > 0 {
		l.Title += " (not drawn, as one figure is 0: " + strings.Join(left, ", ") + ")"
	}
	if r.Attribution != "" {
		l.X += "\nData: " + r.Attribution
	}
	return l.Draw(out)
}

// curves groups the scores into curves, in the order of first appearance: policies
// that differ in their parameter, such as keepalive-1 and keepalive-10, are one
// curve. left are the policies that cannot be drawn.
// A curve shows how a policy trades idle memory for cold starts by its parameter.
func (r *report) curves() (curves []chart.Line, left []string) {
	for _, s := range r.Scores {
		if s.Cold == 0 || s.Idle == 0 {
			left = append(left, s.Policy)
			continue
		}
		name, _, _ := strings.Cut(s.Policy, "-")
		i := slices.IndexFunc(curves, func(c chart.Line) bool { return c.Name == name })
		if i < 0 {
			i = len(curves)
			curves = append(curves, chart.Line{Name: name, Dots: true})
		}
		curves[i].Points = append(curves[i].Points, chart.Point{X: s.Measures.IdleGBs, Y: float64(s.Cold)})
		curves[i].Labels = append(curves[i].Labels, s.Policy)
	}
	return curves, left
}
