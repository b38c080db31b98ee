// Package chart draws plots as SVG in one style: Lines for curves, Bars for groups
// of bars. It draws on gonum/plot and decides fonts, colours, sizes and room for
// the legend, so that the plots of all reports look alike.
package chart

import (
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// newPlot returns an empty plot with the fonts and paddings of the style. Sizes are
// in points; the font is named in the SVG and drawn by the viewer.
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

// grid returns light grey grid lines. They are added before the data, which is
// drawn over them.
func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = color.Gray{Y: 225}, color.Gray{Y: 225}
	return g
}

// write draws the plot as an SVG document. The legend is moved inside the frame,
// away from the corner in which it stands.
func write(w io.Writer, p *plot.Plot, width, height vg.Length) error {
	if p.Legend.Left {
		p.Legend.XOffs = 8
	}
	if p.Legend.Top {
		p.Legend.YOffs = -8
	}
	canvas := vgsvg.New(width, height)
	// Negative values crop the right and the upper edge: a margin on all four sides,
	// in points.
	p.Draw(draw.Crop(draw.New(canvas), 8, -12, 6, -8))
	_, err := canvas.WriteTo(w)
	return err
}

// colour returns the i-th of eight colours, and begins again after the eighth.
// Readers with any colour vision can tell them apart.
//
// Source: Okabe, Ito, "Color Universal Design", 2008.
func colour(i int) color.Color {
	palette := []color.RGBA{
		{R: 0, G: 114, B: 178, A: 255}, {R: 213, G: 94, B: 0, A: 255}, {R: 0, G: 158, B: 115, A: 255}, {R: 204, G: 121, B: 167, A: 255},
		{R: 230, G: 159, B: 0, A: 255}, {R: 86, G: 180, B: 233, A: 255}, {R: 0, G: 0, B: 0, A: 255}, {R: 128, G: 128, B: 128, A: 255},
	}
	return palette[i%len(palette)]
}
