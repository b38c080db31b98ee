package dashboard

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"prewarm/shared/series"
)

var numbers = regexp.MustCompile(`-?\d+(\.\d+)?`)

// inside reports whether all coordinates of a path lie in the drawing.
func inside(t *testing.T, path string) {
	t.Helper()
	for _, text := range numbers.FindAllString(path, -1) {
		if v, err := strconv.ParseFloat(text, 64); err != nil || v < 0 || v > chartWidth {
			t.Errorf("%s is outside in %.200q", text, path)
		}
	}
	if strings.Contains(path, "NaN") || strings.Contains(path, "Inf") {
		t.Errorf("path %.200q", path)
	}
}

func TestASparkShowsCallsAtTheRightAndGapsAtTheBase(t *testing.T) {
	s := newSpark(series.Window{StepSeconds: 60, Counts: []int32{2, 0, series.NoData, 4}})
	// Four of 180 steps: the first begins at 176. The peak is full height.
	if s.Bars != "M176.5 28.0V14.0M179.5 28.0V0.0" {
		t.Errorf("bars %q", s.Bars)
	}
	if s.Gaps != "M178.0 27.0H179.0" {
		t.Errorf("gaps %q", s.Gaps)
	}
	if !strings.Contains(s.Label, "last 4 steps, at most 4 in one") {
		t.Errorf("label %q", s.Label)
	}
}

func TestOneCallIsSeenBesideAThousand(t *testing.T) {
	s := newSpark(series.Window{StepSeconds: 60, Counts: []int32{1, 1000}})
	if !strings.Contains(s.Bars, "V26.0") {
		t.Errorf("a single call must be 2 units high: %q", s.Bars)
	}
}

func TestEmptyAndUnknownWindowsCanBeDrawn(t *testing.T) {
	for _, counts := range [][]int32{nil, {series.NoData}, {0}, {math.MaxInt32}} {
		w := series.Window{StepSeconds: 60, Counts: counts}
		inside(t, newSpark(w).Bars)
		if len(counts) > 0 {
			for _, l := range callsChart(w).Layers {
				inside(t, l.Path)
			}
		}
	}
}

func TestBandsLieBetweenTheirCurves(t *testing.T) {
	p := plot{width: 20, height: 10, slots: 2, top: 10}
	if got := p.band(0, []float64{0, 1}, []float64{5, 10}); got != "M0.0 5.0H10.0V0.0H20.0L20.0 9.0H10.0L10.0 10.0H0.0Z" {
		t.Errorf("got %q", got)
	}
	if got := p.band(0, nil, nil); got != "" {
		t.Errorf("no curve, no band: %q", got)
	}
}

func TestChartsOfAForecastStayInside(t *testing.T) {
	f := forecast("a.ns")
	need := needChart(&f)
	for _, c := range []chart{need, chanceChart(&f)} {
		for _, l := range c.Layers {
			if l.Path == "" && l.Class != "gap" {
				t.Errorf("%s: layer %s is empty", c.Title, l.Class)
			}
			inside(t, l.Path)
		}
	}
	if len(need.X) != 3 || need.X[1].Text != clock(origin, 60) || need.Now != need.X[1].At {
		t.Errorf("the present is in the middle of as many past as future steps: %v, %v", need.X, need.Now)
	}
}

func TestClocksShowSecondsWhereStepsAreShort(t *testing.T) {
	if got := clock(3661, 60); got != "01:01" {
		t.Error(got)
	}
	if got := clock(3661, 1); got != "01:01:01" {
		t.Error(got)
	}
}
