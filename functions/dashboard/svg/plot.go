// Package svg draws the static charts of the pages as SVG path data: the small
// charts of the overview, and the charts of a function for browsers without
// JavaScript.
package svg

import (
	"fmt"
	"slices"
	"strings"

	"prewarm/shared/series"
)

// plot maps steps and values to coordinates. Step 0 begins at x = left; the value
// 0 is at y = offset + height, since y grows downwards.
type plot struct {
	left, offset  float64
	width, height float64
	steps         int
	top           float64 // value at the upper edge
}

// pitch is the width of a step, x the left edge of a step and y the height of a
// value, which is cut at the upper edge.
func (p plot) pitch() float64          { return p.width / float64(p.steps) }
func (p plot) x(step int) float64      { return p.left + float64(step)*p.pitch() }
func (p plot) y(value float64) float64 { return p.offset + p.height*(1-min(value/p.top, 1)) }

// bars returns a vertical stroke for each value above 0; values[0] is at step
// first. A stroke is at least 2 units high, so that a single call is visible
// beside a thousand.
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

// gaps returns a stroke along the base for each step without data.
func (p plot) gaps(first int, values []int32) string {
	var b strings.Builder
	for i, v := range values {
		if v == series.NoData {
			fmt.Fprintf(&b, "M%.1f %.1fH%.1f", p.x(first+i), p.y(0)-1, p.x(first+i+1))
		}
	}
	return b.String()
}

// line returns values as a staircase, one tread for each step.
func (p plot) line(first int, values []float64) string {
	var b strings.Builder
	for i, v := range values {
		verb := "V"
		if i == 0 {
			verb = fmt.Sprintf("M%.1f ", p.x(first))
		}
		// V moves to the height of the step, H across its width: a value holds for
		// the whole step.
		fmt.Fprintf(&b, "%s%.1fH%.1f", verb, p.y(v), p.x(first+i+1))
	}
	return b.String()
}

// band returns the area between two curves of equal length: along the upper one
// to the right, and along the lower one back.
func (p plot) band(first int, low, high []float64) string {
	if len(high) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(p.line(first, high))
	// L and not V at the first of them: the path comes from the end of the upper
	// curve.
	for i := len(low) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "L%.1f %.1fH%.1f", p.x(first+i+1), p.y(low[i]), p.x(first+i))
	}
	b.WriteString("Z")
	return b.String()
}

// peak returns the largest value, at least 0: series.NoData is negative.
func peak(values []int32) int32 {
	if len(values) == 0 {
		return 0
	}
	return max(0, slices.Max(values))
}

// Spark is a small bar chart without axes. Its coordinates are in units of its
// own width and height.
type Spark struct {
	Width, Height int
	Bars, Gaps    string // path data: calls, and steps without data
	Label         string // the content in words, for screen readers
}

// sparkHeight is the height of a Spark; a step is one unit wide.
const sparkHeight = 28

// NewSpark draws the calls of the last steps of a window, the newest at the right
// end.
func NewSpark(w series.Window, steps int) Spark {
	counts := w.Tail(steps).Counts
	p := plot{width: float64(steps), height: sparkHeight, steps: steps, top: float64(max(1, peak(counts)))}
	// A short window stands at the right end, where the present is in every chart.
	first := steps - len(counts)
	return Spark{
		Width: steps, Height: sparkHeight, Bars: p.bars(first, counts), Gaps: p.gaps(first, counts),
		Label: fmt.Sprintf("calls of the last %d steps, at most %d in one", len(counts), peak(counts)),
	}
}
