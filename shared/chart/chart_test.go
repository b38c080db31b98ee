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

// drawn returns the SVG of a plot that is well-formed XML.
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

func TestLinesNameWhatTheyShow(t *testing.T) {
	l := Lines{Title: "Reliability", X: "claim", Y: "share", XMax: 1, YMax: 1, LegendLeft: true, LegendTop: true, Lines: []Line{
		{Name: "full", Points: []Point{{0, 0}, {0.5, 0.4}, {1, 1}}, Dots: true}, {Points: []Point{{0, 0}, {1, 1}}, Grey: true},
	}}
	text := drawn(t, l.Draw)
	for _, want := range []string{"<svg", "Reliability", "claim", "share", ">full<", "#0072B2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
}

// TestStepsAboveAnArea: what was there from minute to minute, above what was
// needed. The area is in grey and takes no colour from the results.
func TestStepsAboveAnArea(t *testing.T) {
	counts := []Point{{100, 1}, {110, 3}, {120, 2}}
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
		t.Error("the area took a colour from the results")
	}
	if straight := drawn(t, lines(false).Draw); strings.Count(text, "L") != strings.Count(straight, "L")+2*2 {
		t.Errorf("two lines of two steps each must have four corners more, %d and %d", strings.Count(text, "L"), strings.Count(straight, "L"))
	}
}

func TestBarsNameGroupsAndSeries(t *testing.T) {
	b := Bars{Title: "Error", Groups: []string{"few", "many"}, Series: []Bar{{"full", []float64{0.1, 0.2}}, {"zero", []float64{0.3, 0}}}}
	text := drawn(t, b.Draw)
	for _, want := range []string{">few<", ">many<", ">full<", ">zero<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
}

func TestPointsOnLogarithmicAxesAreLabelled(t *testing.T) {
	l := Lines{Log: true, Wide: true, Lines: []Line{{Name: "keep-alive", Points: []Point{{10, 9000}, {20, 700}}, Labels: []string{"one", "ten"}, Dots: true}}}
	text := drawn(t, l.Draw)
	for _, want := range []string{">keep-alive<", ">one<", ">ten<", ">10<", ">1000<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plot lacks %q", want)
		}
	}
	drawn(t, Lines{Log: true}.Draw) // without a point there is no range to end at
}

// TestOnePointOnLogarithmicAxes: one policy with a single cold start. A range of
// one below and one above would begin at 0, which has no logarithm.
func TestOnePointOnLogarithmicAxes(t *testing.T) {
	for _, at := range []Point{{1, 1}, {0.5, 700}, {9000, 1}} {
		l := Lines{Log: true, Lines: []Line{{Points: []Point{at}, Labels: []string{"alone"}, Dots: true}}}
		if text := drawn(t, l.Draw); !strings.Contains(text, ">alone<") {
			t.Errorf("%v: the plot lacks its point", at)
		}
	}
}

func TestWhatCannotBeDrawnIsNamed(t *testing.T) {
	l := Lines{Lines: []Line{{Name: "broken", Points: []Point{{0, math.NaN()}}}}}
	if err := l.Draw(io.Discard); err == nil || !strings.Contains(err.Error(), `"broken"`) {
		t.Errorf("got %v", err)
	}
	b := Bars{Groups: []string{"a", "b"}, Series: []Bar{{"short", []float64{1}}}}
	if err := b.Draw(io.Discard); err == nil || !strings.Contains(err.Error(), `"short"`) {
		t.Errorf("got %v", err)
	}
}
