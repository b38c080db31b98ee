package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"prewarm/shared/chart"
)

// writePlot draws cold starts against idle memory as SVG, on logarithmic axes. A policy
// without cold starts or without idle memory cannot be drawn on them and is named in
// the title.
func (r *report) writePlot(out io.Writer) error {
	curves, left := r.curves()
	l := chart.Lines{
		Title: fmt.Sprintf("%s, %d functions%s", r.Layout, r.Functions, r.which()), X: "idle memory, GB·s", Y: "cold starts",
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

// curves groups the scores into curves, in the order of first appearance. left are the policies that cannot be drawn.
// A curve shows how a policy trades idle memory for cold starts by its parameter. A policy with one point is grey and
// has its name beside it.
func (r *report) curves() (curves []chart.Line, left []string) {
	var first []string // the policy of each curve's first point
	for _, s := range r.Scores {
		if s.Cold == 0 || s.Idle == 0 {
			left = append(left, s.Policy)
			continue
		}
		name, label := curveOf(s.Policy)
		i := slices.IndexFunc(curves, func(c chart.Line) bool { return c.Name == name })
		if i < 0 {
			i = len(curves)
			curves, first = append(curves, chart.Line{Name: name, Dots: true}), append(first, s.Policy)
		}
		curves[i].Points = append(curves[i].Points, chart.Point{X: s.Measures.IdleGBs, Y: float64(s.Cold)})
		curves[i].Labels = append(curves[i].Labels, label)
	}
	for i, c := range curves {
		if len(c.Points) == 1 {
			curves[i].Name, curves[i].Labels[0], curves[i].Grey = "", first[i], true
		}
		thin(c.Labels)
	}
	return curves, left
}

// thin removes two of three labels of a long curve, which would cover those of other policies.
func thin(labels []string) {
	if len(labels) <= 6 {
		return
	}
	for i := range labels {
		if i%3 != 1 {
			labels[i] = ""
		}
	}
}

// curveOf returns the curve of a policy, and what stands beside its point: of
// keepalive-10, keepalive-K and 10. A policy without a number is a point with its name.
func curveOf(policy string) (curve, label string) {
	name, parameter, _ := strings.Cut(policy, "-")
	if _, err := strconv.ParseFloat(parameter, 64); err != nil {
		return policy, policy
	}
	return name + "-K", parameter
}
