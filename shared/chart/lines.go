package chart

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Point is a point of a line.
type Point struct{ X, Y float64 }

// Line is one curve of a plot.
type Line struct {
	Name   string // in the legend, "" for none
	Points []Point
	Labels []string // of the points, one for each, or none at all
	Dots   bool     // mark the points
	Grey   bool     // thin and dashed: a reference, not a result
}

// Lines is a plot of curves.
type Lines struct {
	Title, X, Y string
	XMax, YMax  float64 // both axes begin at 0; 0 for the largest value
	Lines       []Line
	LegendLeft  bool // where the curves leave room
	LegendTop   bool
	Log         bool // both axes are logarithmic and end near the points
	Wide        bool // half as wide again, with larger text
}

// Draw writes the plot.
func (l Lines) Draw(w io.Writer) error {
	text, width, height := small, 6*vg.Inch, 4.6*vg.Inch
	if l.Wide {
		text, width, height = large, 9*vg.Inch, 6*vg.Inch
	}
	p := newPlot(l.Title, l.X, l.Y, text)
	p.Legend.Left, p.Legend.Top = l.LegendLeft, l.LegendTop
	p.Add(grid())
	i := 0
	for _, line := range l.Lines {
		if err := line.add(p, i); err != nil {
			return fmt.Errorf("line %q: %w", line.Name, err)
		}
		if !line.Grey {
			i++
		}
	}
	if err := l.scale(p); err != nil {
		return err
	}
	return write(w, p, width, height)
}

// scale sets the range of both axes.
func (l Lines) scale(p *plot.Plot) error {
	if !l.Log {
		p.X.Min, p.Y.Min = 0, 0
		limit(&p.X, l.XMax)
		limit(&p.Y, l.YMax)
		return nil
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		if len(l.Lines) == 0 { // such an axis needs a range
			axis.Min, axis.Max = 1, 10
		}
		if axis.Min <= 0 {
			return fmt.Errorf("what is drawn on the logarithmic axis %q must be above 0, was: %v", axis.Label.Text, axis.Min)
		}
	}
	p.X.Max *= 1.5 // room for the labels on the right
	return nil
}

// limit ends an axis at most, unless that is 0; one that ends at 1 is a share,
// with ticks at the fifths.
func limit(a *plot.Axis, most float64) {
	if most == 0 {
		return
	}
	a.Max = most
	if most == 1 {
		a.Tick.Marker = plot.TickerFunc(fifths)
	}
}

func fifths(float64, float64) []plot.Tick {
	var ticks []plot.Tick
	for i := range 6 {
		at := float64(i) / 5
		ticks = append(ticks, plot.Tick{Value: at, Label: fmt.Sprintf("%.1f", at)})
	}
	return ticks
}

// add draws the line in the i-th colour.
func (l Line) add(p *plot.Plot, i int) error {
	points := make(plotter.XYs, len(l.Points))
	for k, at := range l.Points {
		points[k] = plotter.XY{X: at.X, Y: at.Y}
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Width, line.Color = 1.6, colour(i)
	dots.Color, dots.Shape, dots.Radius = colour(i), draw.CircleGlyph{}, 2.2
	if l.Grey {
		line.Width, line.Color, line.Dashes = 0.8, color.Gray{Y: 130}, []vg.Length{4, 3}
	}
	p.Add(line)
	legend := []plot.Thumbnailer{line}
	if l.Dots {
		p.Add(dots)
		legend = append(legend, dots)
	}
	if l.Name != "" {
		p.Legend.Add(l.Name, legend...)
	}
	return l.label(p, points)
}

// label writes the labels beside the points.
func (l Line) label(p *plot.Plot, points plotter.XYs) error {
	if len(l.Labels) == 0 {
		return nil
	}
	if len(l.Labels) != len(points) {
		return fmt.Errorf("%d points must have as many labels, had: %d", len(points), len(l.Labels))
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: l.Labels})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Font = p.X.Tick.Label.Font
	}
	labels.Offset = vg.Point{X: 5, Y: 3}
	p.Add(labels)
	return nil
}
