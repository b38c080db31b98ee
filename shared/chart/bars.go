package chart

import (
	"fmt"
	"io"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

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
func (b Bars) Draw(w io.Writer) error {
	p := newPlot(b.Title, b.X, b.Y, small)
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
