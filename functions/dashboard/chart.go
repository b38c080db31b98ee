package dashboard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// spark is a small bar chart without axes. Coordinates are in its own units.
type spark struct {
	Width, Height int
	Bars, Gaps    string // path data: calls, and steps without data
	Label         string // what it shows, for those who do not see it
}

const (
	sparkSteps  = 180
	sparkPitch  = 1
	sparkHeight = 28
)

// newSpark draws the last steps of a window, the newest at the right end.
func newSpark(w series.Window) spark {
	counts := w.Tail(sparkSteps).Counts
	p := plot{width: sparkSteps * sparkPitch, height: sparkHeight, slots: sparkSteps, top: float64(max(1, peak(counts)))}
	first := sparkSteps - len(counts)
	return spark{
		Width: int(p.width), Height: sparkHeight, Bars: p.bars(first, counts), Gaps: p.gaps(first, counts),
		Label: fmt.Sprintf("calls of the last %d steps, at most %d in one", len(counts), peak(counts)),
	}
}

func peak(values []int32) int32 {
	if len(values) == 0 {
		return 0
	}
	return max(0, slices.Max(values))
}

// chart is a chart with axes, which the page draws.
type chart struct {
	Title, Label string
	Width        int
	Height       int
	Left, Right  float64 // of the plot area
	Bottom       float64
	Layers       []layer // from back to front
	X, Y         []tick
	Keys         []layer // legend: classes with their names
	Now          float64 // x of the present, 0 where it is at the edge
}

// layer is one path; Class says how it looks. Width is the stroke's, 0 for the
// stylesheet's.
type layer struct {
	Class, Path, Name string
	Width             float64
}

type tick struct {
	At   float64
	Text string
}

// plot maps slots (steps) and values to coordinates: slot 0 begins at left, and
// the value 0 lies at offset+height.
type plot struct {
	left, offset  float64
	width, height float64
	slots         int
	top           float64 // the value at the upper edge
}

// The area of the charts with axes.
const (
	chartWidth  = 720
	chartHeight = 190
)

func newPlot(slots int, top float64) plot {
	return plot{left: 46, offset: 10, width: chartWidth - 46 - 10, height: chartHeight - 10 - 26, slots: slots, top: top}
}

func (p plot) pitch() float64          { return p.width / float64(p.slots) }
func (p plot) x(slot int) float64      { return p.left + float64(slot)*p.pitch() }
func (p plot) y(value float64) float64 { return p.offset + p.height*(1-min(value/p.top, 1)) }

// bars draws one vertical stroke for each value above 0, at least 2 units high
// so that a single call is seen beside a thousand.
func (p plot) bars(first int, values []int32) string {
	var b strings.Builder
	for i, v := range values {
		if v > 0 {
			y := min(p.y(float64(v)), p.y(0)-2)
			fmt.Fprintf(&b, "M%.1f %.1fV%.1f", p.x(first+i)+p.pitch()/2, p.y(0), y)
		}
	}
	return b.String()
}

// gaps draws the steps without data as strokes along the base.
func (p plot) gaps(first int, values []int32) string {
	var b strings.Builder
	for i, v := range values {
		if v == series.NoData {
			fmt.Fprintf(&b, "M%.1f %.1fH%.1f", p.x(first+i), p.y(0)-1, p.x(first+i+1))
		}
	}
	return b.String()
}

// line draws values as steps.
func (p plot) line(first int, values []float64) string {
	var b strings.Builder
	for i, v := range values {
		verb := "V"
		if i == 0 {
			verb = fmt.Sprintf("M%.1f ", p.x(first))
		}
		fmt.Fprintf(&b, "%s%.1fH%.1f", verb, p.y(v), p.x(first+i+1))
	}
	return b.String()
}

// band fills between two curves of equal length.
func (p plot) band(first int, low, high []float64) string {
	if len(high) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(p.line(first, high))
	for i := len(low) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "L%.1f %.1fH%.1f", p.x(first+i+1), p.y(low[i]), p.x(first+i))
	}
	b.WriteString("Z")
	return b.String()
}

func (p plot) chart(title, label string) chart {
	return chart{
		Title: title, Label: label, Width: chartWidth, Height: chartHeight, Left: p.left, Right: p.left + p.width, Bottom: p.y(0),
		Y: []tick{{p.y(0), "0"}, {p.y(p.top / 2), short(p.top / 2)}, {p.y(p.top), short(p.top)}},
	}
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// callsChart shows the calls of each step of a window.
func callsChart(w series.Window) chart {
	p := newPlot(len(w.Counts), evenTop(peak(w.Counts)))
	c := p.chart("Calls per step", fmt.Sprintf("bars: calls in each of the last %d steps of %s, at most %d in one",
		len(w.Counts), w.Step(), peak(w.Counts)))
	c.Layers = []layer{
		{Class: "gap", Path: p.gaps(0, w.Counts)},
		{Class: "calls", Path: p.bars(0, w.Counts), Width: max(1, 0.7*p.pitch())},
	}
	c.Keys = []layer{{Class: "calls", Name: "calls"}, {Class: "gap", Name: "no data"}}
	c.X = clockTicks(p, w.Start, w.StepSeconds)
	return c
}

// evenTop is a round upper edge for integers, at least 2.
func evenTop(n int32) float64 { return float64(max(2, int64(n)+int64(n)%2)) }

// clockTicks labels the begin, the middle and the end of a plot.
func clockTicks(p plot, start int64, stepSeconds int) []tick {
	var ticks []tick
	for _, slot := range []int{0, p.slots / 2, p.slots} {
		ticks = append(ticks, tick{p.x(slot), clock(start+int64(slot)*int64(stepSeconds), stepSeconds)})
	}
	return ticks
}

// clock writes a time in UTC, with seconds where steps are shorter than a minute.
func clock(unix int64, stepSeconds int) string {
	layout := "15:04"
	if stepSeconds%60 != 0 {
		layout = "15:04:05"
	}
	return time.Unix(unix, 0).UTC().Format(layout)
}

// needChart shows the replicas that the last steps needed and the quantiles of
// what the next ones will need.
func needChart(f *event.Forecast) chart {
	past := len(f.Recent)
	curves := f.Need()
	p := newPlot(past+event.Horizons, evenTop(max(peak(f.Recent), peak(curves[3]))))
	c := p.chart("Needed replicas", fmt.Sprintf("bars: replicas that the last %d steps needed; bands: forecast of the next %d, at most %d with 99 %% certainty",
		past, event.Horizons, peak(curves[3])))
	q := [4][]float64{}
	for i, curve := range curves {
		q[i] = floats(curve)
	}
	c.Layers = []layer{
		{Class: "gap", Path: p.gaps(0, f.Recent)}, {Class: "need", Path: p.bars(0, f.Recent), Width: max(1, 0.7*p.pitch())},
		{Class: "q99", Path: p.band(past, q[2], q[3])}, {Class: "q95", Path: p.band(past, q[1], q[2])},
		{Class: "q90", Path: p.band(past, q[0], q[1])}, {Class: "q50", Path: p.line(past, q[0])},
	}
	c.Keys = []layer{{Class: "need", Name: "needed"}, {Class: "q50", Name: "median"}, {Class: "q90", Name: "up to 90 %"},
		{Class: "q95", Name: "up to 95 %"}, {Class: "q99", Name: "up to 99 %"}}
	c.X = clockTicks(p, f.Origin-int64(past)*int64(f.StepSeconds), f.StepSeconds)
	c.Now = p.x(past)
	return c
}

// chanceChart shows the probability of a call in each of the next steps.
func chanceChart(f *event.Forecast) chart {
	p := newPlot(event.Horizons, 100)
	percent := make([]float64, len(f.PActive))
	for i, v := range f.PActive {
		percent[i] = 100 * float64(v)
	}
	c := p.chart("Chance of a call, in %", fmt.Sprintf("line: probability of at least one call in each of the next %d steps", event.Horizons))
	c.Layers = []layer{
		{Class: "chance-area", Path: p.band(0, make([]float64, len(percent)), percent)}, {Class: "chance", Path: p.line(0, percent)},
	}
	c.Keys = []layer{{Class: "chance", Name: "chance per step"}}
	c.X = clockTicks(p, f.Origin, f.StepSeconds)
	return c
}

func floats(values []int32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
