package main

import (
	"fmt"
	"io"

	"prewarm/shared/chart"
	"prewarm/shared/series"
)

// writePlot draws the ready replicas of all functions over the measured minutes,
// a line for each arm, above the replicas that the traffic kept busy.
func (e experiment) writePlot(out io.Writer, measured []measurement) error {
	l := chart.Lines{
		Title: fmt.Sprintf("Ready replicas of %d functions", len(e.trace.Functions)),
		X:     "minute of the trace", Y: "replicas", XMin: float64(e.learn), LegendTop: true, Wide: true,
		Lines: []chart.Line{{Name: "busy, by the traffic", Points: e.demand(), Steps: true, Filled: true}},
	}
	if source := e.trace.Layout.Attribution(); source != "" {
		l.X += "\nData: in part " + source
	}
	for _, m := range measured {
		l.Lines = append(l.Lines, chart.Line{Name: m.arm, Points: m.record.readyOver(e.learn), Steps: true})
	}
	return l.Draw(out)
}

// demand returns the replicas that the traffic of each measured minute keeps busy on
// average; see series.Loads.
func (e experiment) demand() []chart.Point {
	points := make([]chart.Point, e.measure)
	for m := range points {
		points[m].X = float64(e.learn + m)
	}
	for _, f := range e.trace.Functions {
		loads := series.Loads(nil, f.Counts, f.Duration, 60, 1)
		for m, load := range loads[e.learn : e.learn+e.measure] {
			points[m].Y += load
		}
	}
	return points
}

// readyOver returns the ready replicas at each poll from a minute on.
func (r *record) readyOver(from int) []chart.Point {
	var points []chart.Point
	for _, p := range r.polls {
		if p.minute >= float64(from) {
			points = append(points, chart.Point{X: p.minute, Y: float64(p.ready())})
		}
	}
	return points
}
