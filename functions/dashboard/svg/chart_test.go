package svg

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

const origin = 1_790_000_040 // 14:14:00 UTC

var numbers = regexp.MustCompile(`-?\d+(\.\d+)?`)

// inside fails unless all coordinates of a path are within the chart.
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

func TestASparkHasCallsAtTheRightAndGapsAtTheBase(t *testing.T) {
	s := NewSpark(series.Window{StepSeconds: 60, Counts: []int32{2, 0, series.NoData, 4}}, 180)
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

func TestOneCallIsVisibleBesideAThousand(t *testing.T) {
	s := NewSpark(series.Window{StepSeconds: 60, Counts: []int32{1, 1000}}, 180)
	if !strings.Contains(s.Bars, "V26.0") {
		t.Errorf("a single call must be 2 units high: %q", s.Bars)
	}
}

func TestEmptyAndUnknownWindowsAreDrawn(t *testing.T) {
	for _, counts := range [][]int32{nil, {series.NoData}, {0}, {math.MaxInt32}} {
		w := series.Window{StepSeconds: 60, Counts: counts}
		inside(t, NewSpark(w, 180).Bars)
		if len(counts) > 0 {
			for _, l := range Calls(w).Layers {
				inside(t, l.Path)
			}
		}
	}
}

func TestABandIsTheAreaBetweenItsCurves(t *testing.T) {
	p := plot{width: 20, height: 10, steps: 2, top: 10}
	if got := p.band(0, []float64{0, 1}, []float64{5, 10}); got != "M0.0 5.0H10.0V0.0H20.0L20.0 9.0H10.0L10.0 10.0H0.0Z" {
		t.Errorf("got %q", got)
	}
	if got := p.band(0, nil, nil); got != "" {
		t.Errorf("without a curve there is no band: %q", got)
	}
}

func TestChartsOfAForecastStayInTheirArea(t *testing.T) {
	f := event.Forecast{Origin: origin, StepSeconds: 60}
	for h := range int32(event.Horizons) {
		f.PActive = append(f.PActive, event.Prob(h)/event.Horizons)
		f.NeedQ50, f.NeedQ90 = append(f.NeedQ50, h%3), append(f.NeedQ90, h%3+1)
		f.NeedQ95, f.NeedQ99 = append(f.NeedQ95, h%3+2), append(f.NeedQ99, h%3+7)
		f.Recent = append(f.Recent, h%2)
	}
	need := Need(&f)
	for _, c := range []Chart{need, Chance(&f)} {
		for _, l := range c.Layers {
			if l.Path == "" && l.Class != "gap" {
				t.Errorf("%s: layer %s is empty", c.Title, l.Class)
			}
			inside(t, l.Path)
		}
	}
	if len(need.X) != 3 || need.X[1].Text != "14:14" || need.Now != need.X[1].At {
		t.Errorf("60 steps before the present and 60 after it: it is in the middle: %v, %v", need.X, need.Now)
	}
}

func TestClocksShowSecondsIfStepsAreShort(t *testing.T) {
	if got := clock(3661, 60); got != "01:01" {
		t.Error(got)
	}
	if got := clock(3661, 1); got != "01:01:01" {
		t.Error(got)
	}
}
