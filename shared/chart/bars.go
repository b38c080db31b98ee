package chart

import (
	"fmt"
	"io"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Bars is a plot of groups of bars: Groups along the X axis, and in each group one
// bar of every series. The Y axis begins at 0, since the length of a bar counts.
type Bars struct {
	Title, X, Y string
	Groups      []string // along the X axis
	Series      []Bar    // each has one bar in every group
}

// Bar is the bars of one series.
type Bar struct {
	Name    string    // in the legend
	Heights []float64 // one per group
}

// The bars of all groups together are barsWidth wide, of which groupShare are bars
// and the rest is room between the groups.
const (
	barsWidth  = 5.6 * vg.Inch
	groupShare = 0.8
)

// Draw writes the plot as SVG, 6.5 by 4.2 inches. The bars of a group stand side by
// side in the order of Series, centred on the group's name. It is an error if a
// series does not have one height per group.
func (b Bars) Draw(w io.Writer) error {
	p := newPlot(b.Title, b.X, b.Y)
	p.Legend.Top = true
	lines := grid()
	// Vertical lines would mark the names of the groups, which are no positions on a
	// scale.
	lines.Vertical.Width = 0
	p.Add(lines)
	// All groups together have a fixed width, so that plots with more groups have
	// thinner bars.
	width := barsWidth / vg.Length(len(b.Groups)) * groupShare / vg.Length(len(b.Series))
	highest := 0.0
	for i, s := range b.Series {
		if len(s.Heights) != len(b.Groups) {
			return fmt.Errorf("bars of %q: there must be one height for each of %d groups, there were: %d", s.Name, len(b.Groups), len(s.Heights))
		}
		bars, err := plotter.NewBarChart(plotter.Values(s.Heights), width)
		if err != nil {
			return fmt.Errorf("bars of %q: %w", s.Name, err)
		}
		highest = max(highest, slices.Max(s.Heights))
		bars.Color, bars.LineStyle.Width = colour(i), 0
		bars.Offset = width * (vg.Length(i) - vg.Length(len(b.Series)-1)/2) // centred on the group
		p.Add(bars)
		p.Legend.Add(s.Name, bars)
	}
	p.NominalX(b.Groups...)
	// Groups are at 0, 1, 2 and so on; half a group of room on both sides.
	p.X.Min, p.X.Max = -0.5, float64(len(b.Groups))-0.5
	p.Y.Min, p.Y.Max = 0, highest*(1.1+0.07*float64(len(b.Series))) // room for the legend
	return write(w, p, 6.5*vg.Inch, 4.2*vg.Inch)
}
