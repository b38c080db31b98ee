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

// Point is a point of a line, with the fields X and Y. It is gonum's type, so that
// points need no conversion.
type Point = plotter.XY

// Line is one curve of a plot. The zero value of each field but Points leaves the
// feature out.
type Line struct {
	Name   string // in the legend
	Points []Point
	Labels []string // beside the points, one for each
	Dots   bool     // mark the points
	Grey   bool     // thin and dashed: a reference, not a result
	Steps  bool     // a value holds until the next point
	Filled bool     // a grey area without a line: what the results are compared with
}

// Lines is a plot of curves. The zero value of each field but Lines is a default
// that fits most plots.
type Lines struct {
	Title, X, Y string
	XMin        float64 // begin of the X axis; the Y axis begins at 0
	XMax, YMax  float64 // ends of the axes, 0 for the largest value
	Lines       []Line
	LegendLeft  bool // instead of on the right
	LegendTop   bool // instead of at the bottom
	Wide        bool // larger, for many curves or labels
	Log         bool // logarithmic axes from the least value on; XMin, XMax and YMax are ignored
}

// Draw writes the plot as SVG, 6 by 4.6 inches or, if Wide, 9 by 6. With Log all values must be above 0. A line that
// cannot be drawn is an error that names it.
func (l Lines) Draw(w io.Writer) error {
	p := newPlot(l.Title, l.X, l.Y)
	p.Legend.Left, p.Legend.Top = l.LegendLeft, l.LegendTop
	// The grid first: plotters are drawn in the order in which they are added.
	p.Add(grid())
	// i counts the colours in use: references must not change the colour of a
	// result.
	i := 0
	for _, line := range l.Lines {
		if err := line.add(p, i); err != nil {
			return fmt.Errorf("line %q: %w", line.Name, err)
		}
		if !line.Grey && !line.Filled { // only results take a colour
			i++
		}
	}
	l.setAxes(p)
	if l.Wide {
		return write(w, p, 9*vg.Inch, 6*vg.Inch)
	}
	return write(w, p, 6*vg.Inch, 4.6*vg.Inch)
}

// setAxes sets the ranges of both axes. The lines must have been added: they set
// the range of the data.
func (l Lines) setAxes(p *plot.Plot) {
	if l.Log {
		setLog(&p.X)
		setLog(&p.Y)
		p.X.Max *= 1.5 // room for the labels on the right
		return
	}
	p.X.Min, p.Y.Min = l.XMin, 0
	if l.LegendTop {
		// The legend has a row per line, so its room grows with their number.
		p.Y.Max *= 1.05 + 0.05*float64(len(l.Lines)) // room for the legend
	}
	setMax(&p.X, l.XMax)
	setMax(&p.Y, l.YMax)
}

// setLog makes an axis logarithmic. Such an axis needs a range above 0 with two
// different ends; without points there is none, and with equal values the range
// is a point.
func setLog(a *plot.Axis) {
	a.Scale, a.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	switch {
	case a.Min > a.Max:
		a.Min, a.Max = 1, 10
	case a.Min == a.Max:
		a.Min, a.Max = a.Min/2, 2*a.Max
	}
}

// setMax sets the end of an axis, unless most is 0. An axis that ends at 1 shows
// shares and has ticks at the fifths.
func setMax(a *plot.Axis, most float64) {
	if most == 0 {
		return
	}
	a.Max = most
	if most == 1 {
		var fifths plot.ConstantTicks
		for i := range 6 {
			at := float64(i) / 5
			fifths = append(fifths, plot.Tick{Value: at, Label: fmt.Sprintf("%.1f", at)})
		}
		a.Tick.Marker = fifths
	}
}

// add draws the line in the i-th colour and adds it to the legend. A line and its
// dots are one entry. Points that are not finite are an error.
func (l Line) add(p *plot.Plot, i int) error {
	line, dots, err := plotter.NewLinePoints(plotter.XYs(l.Points))
	if err != nil {
		return err
	}
	// Sizes are in points.
	line.Width, line.Color = 1.6, colour(i)
	dots.Color, dots.Shape, dots.Radius = colour(i), draw.CircleGlyph{}, 2.2
	// Grey and Filled change the style of a line that is otherwise complete, so
	// their order does not matter.
	if l.Grey {
		line.Width, line.Color, line.Dashes = 0.8, color.Gray{Y: 130}, []vg.Length{4, 3}
		dots.Color = color.Gray{Y: 130}
	}
	if l.Steps {
		line.StepStyle = plotter.PostStep
	}
	if l.Filled {
		line.Width, line.FillColor = 0, color.Gray{Y: 225}
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
	return l.addLabels(p)
}

// addLabels writes the labels beside the points, in the font of the ticks.
func (l Line) addLabels(p *plot.Plot) error {
	if l.Labels == nil {
		return nil
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: l.Points, Labels: l.Labels})
	if err != nil {
		return err
	}
	for k := range labels.TextStyle {
		labels.TextStyle[k].Font = p.X.Tick.Label.Font
	}
	// To the upper right of the point, clear of its dot.
	labels.Offset = vg.Point{X: 5, Y: 3}
	p.Add(labels)
	return nil
}
