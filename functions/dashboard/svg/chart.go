package svg

import (
	"fmt"
	"strconv"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// Chart is a chart with axes. The page template draws the axes and the layers.
type Chart struct {
	Title, Label  string // Label is the content in words, for screen readers
	Width, Height int
	Left, Right   float64 // edges of the plot area
	Bottom        float64
	Layers        []Layer // from back to front
	X, Y          []Tick
	Keys          []Layer // legend: classes and names
	Now           float64 // x of the present, 0 if it is at the edge
}

// Layer is one path. The style sheet draws it by its class.
type Layer struct {
	Class, Path, Name string
	Width             float64 // of the stroke, 0 for that of the style sheet
}

// Tick is a label at a coordinate of an axis.
type Tick struct {
	At   float64
	Text string
}

// Size of a chart and its margins around the plot area, in units of the chart.
const (
	chartWidth   = 720
	chartHeight  = 190
	marginLeft   = 46
	marginTop    = 10
	marginRight  = 10
	marginBottom = 26
)

// newPlot returns the plot area of a chart with a number of steps and a value at its
// upper edge.
func newPlot(steps int, top float64) plot {
	return plot{
		left: marginLeft, offset: marginTop, width: chartWidth - marginLeft - marginRight, height: chartHeight - marginTop - marginBottom,
		steps: steps, top: top,
	}
}

// chart returns a chart of the plot with a labelled y axis and no layers.
func (p plot) chart(title, label string) Chart {
	// Four digits fit into the left margin.
	short := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	return Chart{
		Title: title, Label: label, Width: chartWidth, Height: chartHeight, Left: p.left, Right: p.left + p.width, Bottom: p.y(0),
		Y: []Tick{{p.y(0), "0"}, {p.y(p.top / 2), short(p.top / 2)}, {p.y(p.top), short(p.top)}},
	}
}

// barLayers returns the layers of the values at the first steps.
func (p plot) barLayers(class string, values []int32) []Layer {
	// Bars leave a gap of 30 % between steps, but stay at least one unit wide.
	return []Layer{{Class: "gap", Path: p.gaps(0, values)}, {Class: class, Path: p.bars(0, values), Width: max(1, 0.7*p.pitch())}}
}

// evenTop returns an even upper edge for integers, at least 2, so that the label
// in the middle of the axis is an integer, too.
func evenTop(n int32) float64 { return float64(max(2, int64(n)+int64(n)%2)) }

// clockTicks labels the begin, the middle and the end of a plot with their times.
func clockTicks(p plot, start int64, stepSeconds int) []Tick {
	var ticks []Tick
	for _, step := range []int{0, p.steps / 2, p.steps} {
		ticks = append(ticks, Tick{p.x(step), clock(start+int64(step)*int64(stepSeconds), stepSeconds)})
	}
	return ticks
}

// clock formats a time in UTC, with seconds if steps are not whole minutes.
func clock(unix int64, stepSeconds int) string {
	layout := "15:04"
	if stepSeconds%60 != 0 {
		layout = "15:04:05"
	}
	return time.Unix(unix, 0).UTC().Format(layout)
}

// Calls returns the chart of the calls in each step of a window.
func Calls(w series.Window) Chart {
	p := newPlot(len(w.Counts), evenTop(peak(w.Counts)))
	c := p.chart("Calls per step", fmt.Sprintf("bars: calls in each of the last %d steps of %s, at most %d in one",
		len(w.Counts), w.Step(), peak(w.Counts)))
	c.Layers = p.barLayers("calls", w.Counts)
	c.Keys = []Layer{{Class: "calls", Name: "calls"}, {Class: "gap", Name: "no data"}}
	c.X = clockTicks(p, w.Start, w.StepSeconds)
	return c
}

// Need returns the chart of the observed need before the origin of a forecast,
// and of the predicted quantiles after it.
func Need(f *event.Forecast) Chart {
	observed, curves := len(f.Recent), f.Need()
	// The 99 % quantile is the highest curve: it decides the axis, so that no band
	// is cut off.
	most := peak(curves[3])
	p := newPlot(observed+event.Horizons, evenTop(max(peak(f.Recent), most)))
	c := p.chart("Needed replicas", fmt.Sprintf("bars: need of the last %d steps; bands: forecast of the next %d, at most %d with 99 %% certainty",
		observed, event.Horizons, most))
	q := [4][]float64{}
	// The bands lie between neighbouring quantiles, so that they do not overlap.
	for i, curve := range curves {
		q[i] = floats(curve)
	}
	c.Layers = append(p.barLayers("need", f.Recent),
		Layer{Class: "q99", Path: p.band(observed, q[2], q[3])}, Layer{Class: "q95", Path: p.band(observed, q[1], q[2])},
		Layer{Class: "q90", Path: p.band(observed, q[0], q[1])}, Layer{Class: "q50", Path: p.line(observed, q[0])})
	c.Keys = []Layer{{Class: "need", Name: "needed"}, {Class: "q50", Name: "median"}, {Class: "q90", Name: "up to 90 %"},
		{Class: "q95", Name: "up to 95 %"}, {Class: "q99", Name: "up to 99 %"}}
	c.X = clockTicks(p, f.Origin-int64(observed)*int64(f.StepSeconds), f.StepSeconds)
	c.Now = p.x(observed)
	return c
}

// Chance returns the chart of the predicted probability of a call in each step.
func Chance(f *event.Forecast) Chart {
	// The axis always ends at 100 %, so that charts of different functions can be
	// compared at a glance.
	p := newPlot(event.Horizons, 100)
	percent := make([]float64, len(f.PActive))
	for i, v := range f.PActive {
		percent[i] = 100 * float64(v)
	}
	c := p.chart("Chance of a call, in %", fmt.Sprintf("line: probability of at least one call in each of the next %d steps", event.Horizons))
	c.Layers = []Layer{
		{Class: "chance-area", Path: p.band(0, make([]float64, len(percent)), percent)}, {Class: "chance", Path: p.line(0, percent)},
	}
	c.Keys = []Layer{{Class: "chance", Name: "chance per step"}}
	c.X = clockTicks(p, f.Origin, f.StepSeconds)
	return c
}

// floats converts needs to coordinates.
func floats(values []int32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
