package main

import (
	"fmt"
	"image/color"
	"io"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// writePlot draws cold starts against idle time as SVG, both axes logarithmic.
// Policies of one name with a knob, such as keepalive-1 and keepalive-10, are
// one curve. A policy without any cold start or idle time has no place on such
// axes and is named in the title.
func (r *report) writePlot(out io.Writer) error {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "idle time, replica-minutes", "cold starts"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	names, curves, left := r.curves()
	p.Title.Text = fmt.Sprintf("%s, %d functions", r.Layout, r.Functions)
	if len(left) > 0 {
		p.Title.Text += " (not drawn, as one figure is 0: " + strings.Join(left, ", ") + ")"
	}
	for i, name := range names {
		if err := addCurve(p, name, curves[name], i); err != nil {
			return err
		}
	}
	if len(names) == 0 { // log axes need a range
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 1, 10, 1, 10
	}
	p.X.Max *= 1.5 // room for the names of the points on the right
	if r.Attribution != "" {
		p.X.Label.Text += "\nData: " + r.Attribution
	}
	drawn, err := p.WriterTo(9*vg.Inch, 6*vg.Inch, "svg")
	if err != nil {
		return err
	}
	_, err = drawn.WriteTo(out)
	return err
}

// curve is the points of one policy over its knob.
type curve struct {
	points plotter.XYs
	labels []string
}

// curves groups the scores by policy, in order of first appearance. left are
// the policies that cannot be drawn.
func (r *report) curves() (names []string, curves map[string]curve, left []string) {
	curves = map[string]curve{}
	for _, s := range r.Scores {
		if s.Cold == 0 || s.Idle == 0 {
			left = append(left, s.Policy)
			continue
		}
		name, _, _ := strings.Cut(s.Policy, "-")
		c, known := curves[name]
		if !known {
			names = append(names, name)
		}
		c.points = append(c.points, plotter.XY{X: float64(s.Idle), Y: float64(s.Cold)})
		c.labels = append(c.labels, s.Policy)
		curves[name] = c
	}
	return names, curves, left
}

// addCurve draws the points of a policy, each with its name, and the line
// through them.
func addCurve(p *plot.Plot, name string, c curve, i int) error {
	line, points, err := plotter.NewLinePoints(c.points)
	if err != nil {
		return fmt.Errorf("curve of %s: %w", name, err)
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: c.points, Labels: c.labels})
	if err != nil {
		return fmt.Errorf("labels of %s: %w", name, err)
	}
	labels.Offset = vg.Point{X: 5, Y: 3}
	line.Color, points.Color = colour(i), colour(i)
	points.Shape, points.Radius = draw.CircleGlyph{}, 3
	p.Add(line, points, labels)
	p.Legend.Add(name, line, points)
	return nil
}

// colour returns the i-th of eight colours that colour-blind readers can tell
// apart (Okabe and Ito, 2008).
func colour(i int) color.Color {
	palette := []color.RGBA{
		{R: 0, G: 114, B: 178, A: 255}, {R: 213, G: 94, B: 0, A: 255}, {R: 0, G: 158, B: 115, A: 255}, {R: 204, G: 121, B: 167, A: 255},
		{R: 230, G: 159, B: 0, A: 255}, {R: 86, G: 180, B: 233, A: 255}, {R: 0, G: 0, B: 0, A: 255}, {R: 128, G: 128, B: 128, A: 255},
	}
	return palette[i%len(palette)]
}
