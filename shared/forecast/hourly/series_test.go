package hourly

import (
	"math"
	"testing"

	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// daily is a series with a swing of the day around mean.
func daily(n int, mean, swing float64) []int32 {
	counts := make([]int32, n)
	for i := range counts {
		counts[i] = int32(mean * (1 + swing*math.Sin(2*math.Pi*float64(i)/day)))
	}
	return counts
}

// The forecast for a region ten times as large is ten times as high.
func TestASeriesIsReadRelativeToItsLevel(t *testing.T) {
	p := predictor(t)
	small, err := p.Series(hours(daily(100, 1e5, 0.3)))
	if err != nil {
		t.Fatal(err)
	}
	large, err := p.Series(hours(daily(100, 1e6, 0.3)))
	if err != nil {
		t.Fatal(err)
	}
	if ratio := large.Refined / small.Refined; math.Abs(ratio-10) > 0.01 {
		t.Errorf("%v and %v", small.Refined, large.Refined)
	}
}

// A network of weights 0, adapted to a series that grows by a fifth every hour,
// predicts that it continues to.
func TestAdaptationCorrectsTheNetwork(t *testing.T) {
	m := madeUp(t)
	clear(m.Series.Params())
	m.SeriesAdapt = forecast.Adaptation{Gain: 1, Ridge: 0.01}
	grow := make([]int32, 30)
	for i := range grow {
		grow[i] = int32(100 * math.Pow(1.2, float64(i)))
	}
	last := float64(grow[len(grow)-1])
	e := NewReader(m).Series(grow)
	if e.Plain >= last || math.Abs(e.Adapted/last-1.2) > 0.01 {
		t.Errorf("plain %v, adapted %v after %v", e.Plain, e.Adapted, last)
	}
	m.SeriesAdapt.Gain = 0
	if e = NewReader(m).Series(grow); e.Adapted != e.Plain {
		t.Errorf("without gain %+v", e)
	}
}

// The input of an hour holds the change that followed a day ago, if that is known, and
// nothing of the hours after it.
func TestAnHourHoldsTheDayBefore(t *testing.T) {
	counts := daily(60, 1000, 0.4)
	var x [SeriesInputs]float32
	if _, ok := SeriesHour(x[:], counts, 40); !ok || x[4] != 1 {
		t.Errorf("got %v", x)
	}
	want := math.Log1p(float64(counts[17])) - (math.Log1p(float64(counts[16]))+math.Log1p(float64(counts[15]))+math.Log1p(float64(counts[14])))/3
	if math.Abs(float64(x[2])-want) > 1e-6 {
		t.Errorf("the change of a day ago is %v, want %v", x[2], want)
	}
	if _, ok := SeriesHour(x[:], counts, 20); !ok || x[4] != 0 || x[2] != 0 {
		t.Errorf("on the first day: %v", x)
	}
	if _, ok := SeriesHour(x[:], counts, 59); ok {
		t.Error("the last hour has no target")
	}
}

// Hours without data are not zeros: they give neither inputs nor targets.
func TestMissingHoursAreLeftOut(t *testing.T) {
	counts := daily(60, 1000, 0.4)
	var want, got [SeriesInputs]float32
	SeriesHour(want[:], counts, 50)
	counts[20], counts[51] = series.NoData, series.NoData
	if _, ok := SeriesHour(got[:], counts, 50); ok || got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if SeriesHour(got[:], counts, 51); got != [SeriesInputs]float32{} {
		t.Errorf("a missing hour reads as %v", got)
	}
	if _, ok := SeriesHour(got[:], counts, 52); !ok || got[1] != 0 {
		t.Errorf("after a missing hour: %v", got)
	}
}

// An outage and the return from it stay within bounds.
func TestAnOutageKeepsTheForecastBounded(t *testing.T) {
	p, counts := predictor(t), daily(100, 500, 0.2)
	for i := 80; i < 84; i++ {
		counts[i] = 0
	}
	for end := 78; end < 100; end++ {
		e, err := p.Series(hours(counts[:end]))
		if err != nil || !(e.Refined >= 0 && e.Refined < 5000) {
			t.Errorf("before hour %d: %+v, %v", end, e, err)
		}
	}
}
