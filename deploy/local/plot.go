package main

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// writePlot draws the ready replicas of all functions over the measured minutes,
// a line for each arm, above the replicas that the traffic kept busy.
func (e experiment) writePlot(out io.Writer, outcomes []outcome) error {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("Ready replicas of %d functions", len(e.trace.Functions))
	p.X.Label.Text, p.Y.Label.Text = "minute of the trace", "replicas"
	if source := e.trace.Layout.Attribution(); source != "" {
		p.X.Label.Text += "\nData: in part " + source
	}
	p.Y.Min, p.Legend.Top = 0, true
	p.Add(plotter.NewGrid())
	demand, err := plotter.NewLine(e.demand())
	if err != nil {
		return fmt.Errorf("demand: %w", err)
	}
	demand.StepStyle, demand.FillColor, demand.LineStyle.Width = plotter.PostStep, color.Gray{Y: 225}, 0
	p.Add(demand)
	p.Legend.Add("busy, by the traffic", demand)
	for i, o := range outcomes {
		line, err := plotter.NewLine(o.record.readyOver(e.learn))
		if err != nil {
			return fmt.Errorf("replicas of %s: %w", o.arm, err)
		}
		line.StepStyle, line.Color, line.Width = plotter.PostStep, colour(i), vg.Points(1.2)
		p.Add(line)
		p.Legend.Add(o.arm, line)
	}
	p.Y.Max *= 1.15 // room for the legend
	drawn, err := p.WriterTo(10*vg.Inch, 5*vg.Inch, "svg")
	if err != nil {
		return err
	}
	_, err = drawn.WriteTo(out)
	return err
}

// demand is the load of the measured minutes, calls x duration / 60 s.
func (e experiment) demand() plotter.XYs {
	points := make(plotter.XYs, e.measure)
	for m := range points {
		points[m].X = float64(e.learn + m)
		for _, f := range e.trace.Functions {
			points[m].Y += math.Max(0, float64(f.Counts[e.learn+m])) * f.Duration / 60
		}
	}
	return points
}

// readyOver returns the ready replicas from a minute on.
func (r *record) readyOver(from int) plotter.XYs {
	var points plotter.XYs
	for _, l := range r.looks {
		if l.minute >= float64(from) {
			points = append(points, plotter.XY{X: l.minute, Y: float64(l.ready())})
		}
	}
	return points
}

// colour returns the i-th of three colours that colour-blind readers can tell
// apart (Okabe and Ito, 2008).
func colour(i int) color.Color {
	palette := [...]color.RGBA{{R: 213, G: 94, B: 0, A: 255}, {R: 0, G: 158, B: 115, A: 255}, {R: 0, G: 114, B: 178, A: 255}}
	return palette[i%len(palette)]
}
