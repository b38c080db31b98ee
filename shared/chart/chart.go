// Package chart draws plots as SVG, in one style.
package chart

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Point is a point of a line.
type Point struct{ X, Y float64 }

// Line is one curve of a plot.
type Line struct {
	Name   string // in the legend, "" for none
	Points []Point
	Labels []string // of the points, nil for none
	Dots   bool     // mark the points
	Grey   bool     // thin and dashed: a reference, not a result
	Steps  bool     // a point holds until the next
	Filled bool     // a grey area below, without the line: what the results are held against
}

// Lines is a plot of curves.
type Lines struct {
	Title, X, Y string
	XMin        float64
	XMax, YMax  float64 // the Y axis begins at 0; 0 for the largest value
	Lines       []Line
	LegendLeft  bool // where the curves leave room
	LegendTop   bool
	Wide        bool // larger, for much to see
	Log         bool // both axes are logarithmic, for points above 0, and begin at the least
}

// Bars is a plot of groups of bars.
type Bars struct {
	Title, X, Y string
	Groups      []string // along X
	Series      []Bar    // one bar in each group
}

// Bar is the bars of one series.
type Bar struct {
	Name    string
	Heights []float64 // one per group
}

// Draw writes the plot.
func (l Lines) Draw(w io.Writer) error {
	p := newPlot(l.Title, l.X, l.Y)
	p.Legend.Left, p.Legend.Top = l.LegendLeft, l.LegendTop
	p.Add(grid())
	i := 0
	for _, line := range l.Lines {
		if err := line.add(p, i); err != nil {
			return fmt.Errorf("line %q: %w", line.Name, err)
		}
		if !line.Grey && !line.Filled {
			i++
		}
	}
	if l.Log {
		logarithmic(&p.X)
		logarithmic(&p.Y)
		p.X.Max *= 1.5 // room for the labels on the right
	} else {
		p.X.Min, p.Y.Min = l.XMin, 0
		if l.LegendTop {
			p.Y.Max *= 1.05 + 0.05*float64(len(l.Lines)) // room for the legend
		}
		limit(&p.X, l.XMax)
		limit(&p.Y, l.YMax)
	}
	if l.Wide {
		return write(w, p, 9*vg.Inch, 6*vg.Inch)
	}
	return write(w, p, 6*vg.Inch, 4.6*vg.Inch)
}

// logarithmic makes an axis so. It needs a range, all of it above 0, where nothing
// is drawn and where all points have one value.
func logarithmic(a *plot.Axis) {
	a.Scale, a.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	switch {
	case a.Min > a.Max:
		a.Min, a.Max = 1, 10
	case a.Min == a.Max:
		a.Min, a.Max = a.Min/2, 2*a.Max
	}
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
	if l.Labels == nil {
		return nil
	}
	return l.label(p, points)
}

// label writes the labels beside the points.
func (l Line) label(p *plot.Plot, points plotter.XYs) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: l.Labels})
	if err != nil {
		return err
	}
	for k := range labels.TextStyle {
		labels.TextStyle[k].Font = p.X.Tick.Label.Font
	}
	labels.Offset = vg.Point{X: 5, Y: 3}
	p.Add(labels)
	return nil
}

// Draw writes the plot.
func (b Bars) Draw(w io.Writer) error {
	p := newPlot(b.Title, b.X, b.Y)
	p.Legend.Top = true
	lines := grid()
	lines.Vertical.Width = 0
	p.Add(lines)
	width := 5.6 * vg.Inch / vg.Length(len(b.Groups)) * 0.8 / vg.Length(len(b.Series))
	highest := 0.0
	for i, s := range b.Series {
		if len(s.Heights) != len(b.Groups) {
			return fmt.Errorf("bars of %q: %d groups must have as many heights, had: %d", s.Name, len(b.Groups), len(s.Heights))
		}
		bars, err := plotter.NewBarChart(plotter.Values(s.Heights), width)
		if err != nil {
			return fmt.Errorf("bars of %q: %w", s.Name, err)
		}
		for _, h := range s.Heights {
			highest = max(highest, h)
		}
		bars.Color, bars.LineStyle.Width = colour(i), 0
		bars.Offset = width * (vg.Length(i) - vg.Length(len(b.Series)-1)/2)
		p.Add(bars)
		p.Legend.Add(s.Name, bars)
	}
	p.NominalX(b.Groups...)
	p.X.Min, p.X.Max = -0.5, float64(len(b.Groups))-0.5
	p.Y.Min, p.Y.Max = 0, highest*(1.1+0.07*float64(len(b.Series))) // room for the legend
	return write(w, p, 6.5*vg.Inch, 4.2*vg.Inch)
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = 6
	for _, f := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.Legend.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font} {
		f.Variant, f.Size = "Sans", 9
	}
	p.Title.TextStyle.Font.Size = 11
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Label.Padding, p.Y.Label.Padding = 4, 4
	p.Legend.XOffs, p.Legend.YOffs, p.Legend.Padding = -8, 8, 2
	return p
}

func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = color.Gray{Y: 225}, color.Gray{Y: 225}
	return g
}

func write(w io.Writer, p *plot.Plot, width, height vg.Length) error {
	if p.Legend.Left {
		p.Legend.XOffs = 8
	}
	if p.Legend.Top {
		p.Legend.YOffs = -8
	}
	canvas := vgsvg.New(width, height)
	p.Draw(draw.Crop(draw.New(canvas), 8, -12, 6, -8))
	_, err := canvas.WriteTo(w)
	return err
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
