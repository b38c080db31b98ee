package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// points returns the points with the given coordinates, x and y in turn.
func points(xy ...float64) []Point {
	all := make([]Point, len(xy)/2)
	for i := range all {
		all[i] = Point{X: xy[2*i], Y: xy[2*i+1]}
	}
	return all
}

// drawn returns the SVG document of a plot and checks that it is well-formed XML.
func drawn(t *testing.T, draw func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := draw(&out); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(out.Bytes()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return out.String()
		} else if err != nil {
			t.Fatalf("no XML: %v", err)
		}
	}
}

// A plot holds its texts, and the first result has the first colour.
func TestLinesHaveTitleLabelsAndLegend(t *testing.T) {
	l := Lines{Title: "Reliability", X: "predicted", Y: "observed", XMax: 1, YMax: 1, LegendLeft: true, LegendTop: true, Lines: []Line{
		{Name: "full", Points: points(0, 0, 0.5, 0.4, 1, 1), Dots: true}, {Points: points(0, 0, 1, 1), Grey: true},
	}}
	text := drawn(t, l.Draw)
	for _, want := range []string{"<svg", "Reliability", "predicted", "observed", ">full<", "#0072B2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
}

// A filled line is a grey area and takes no colour from the results. With Steps,
// each of two lines has two corners more for its two steps.
func TestStepsAboveAnArea(t *testing.T) {
	counts := points(100, 1, 110, 3, 120, 2)
	lines := func(steps bool) Lines {
		return Lines{XMin: 100, LegendTop: true, Lines: []Line{
			{Name: "needed", Points: counts, Filled: true, Steps: steps}, {Name: "there", Points: counts, Steps: steps},
		}}
	}
	text := drawn(t, lines(true).Draw)
	for _, want := range []string{">needed<", ">there<", "fill:#E1E1E1", "stroke:#0072B2", ">100<", ">120<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
	if strings.Contains(text, "#D55E00") {
		t.Error("the area has taken a colour")
	}
	if straight := drawn(t, lines(false).Draw); strings.Count(text, "L") != strings.Count(straight, "L")+2*2 {
		t.Errorf("two lines of two steps each must have four more corners: %d with steps, %d without", strings.Count(text, "L"), strings.Count(straight, "L"))
	}
}

func TestBarsHaveGroupsAndLegend(t *testing.T) {
	b := Bars{Title: "Error", Groups: []string{"few", "many"}, Series: []Bar{{"full", []float64{0.1, 0.2}}, {"zero", []float64{0.3, 0}}}}
	text := drawn(t, b.Draw)
	for _, want := range []string{">few<", ">many<", ">full<", ">zero<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
}

// Labels stand beside the points. A plot without points can be drawn: its axes have
// no range of the data to begin and end with.
func TestLabelsOnLogarithmicAxes(t *testing.T) {
	l := Lines{Log: true, Wide: true, Lines: []Line{{Name: "keep-alive", Points: points(10, 9000, 20, 700), Labels: []string{"one", "ten"}, Dots: true}}}
	text := drawn(t, l.Draw)
	for _, want := range []string{">keep-alive<", ">one<", ">ten<", ">10<", ">1000<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
	drawn(t, Lines{Log: true}.Draw)
}

// A single point has equal least and largest values. A range of 1 around it could
// begin at 0, which has no logarithm.
func TestOnePointOnLogarithmicAxes(t *testing.T) {
	for _, at := range points(1, 1, 0.5, 700, 9000, 1) {
		l := Lines{Log: true, Lines: []Line{{Points: []Point{at}, Labels: []string{"alone"}, Dots: true}}}
		if text := drawn(t, l.Draw); !strings.Contains(text, ">alone<") {
			t.Errorf("%v: the plot lacks its point", at)
		}
	}
}

// The error names the line or the series that cannot be drawn.
func TestErrorsNameTheSeries(t *testing.T) {
	l := Lines{Lines: []Line{{Name: "broken", Points: points(0, math.NaN())}}}
	if err := l.Draw(io.Discard); err == nil || !strings.Contains(err.Error(), `"broken"`) {
		t.Errorf("got %v", err)
	}
	b := Bars{Groups: []string{"a", "b"}, Series: []Bar{{"short", []float64{1}}}}
	if err := b.Draw(io.Discard); err == nil || !strings.Contains(err.Error(), `"short"`) {
		t.Errorf("got %v", err)
	}
}
