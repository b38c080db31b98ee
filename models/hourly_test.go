package models_test

import (
	"math"
	"testing"

	"prewarm/models"
	"prewarm/shared/forecast/hourly"
	"prewarm/shared/series"
)

// Both files together keep within the bound.
func TestHourlyWeightsLoadAndAreSmall(t *testing.T) {
	p, err := models.LoadHourly()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Version()) != 12 {
		t.Errorf("version %q", p.Version())
	}
	if size := models.Size() + models.HourlySize(); size > maxBytes {
		t.Errorf("all weights have %d bytes, at most %d are allowed", size, maxBytes)
	}
}

// hourlyOf returns the expected cold starts of the hour after a window of one-minute
// steps, with one call in the steps for which called is true.
func hourlyOf(t *testing.T, steps int, called func(step int) bool) float64 {
	t.Helper()
	p, err := models.LoadHourly()
	if err != nil {
		t.Fatal(err)
	}
	w := series.Window{StepSeconds: 60, Counts: make([]int32, steps)}
	for i := range w.Counts {
		if called(i) {
			w.Counts[i] = 1
		}
	}
	e, err := p.Function(w)
	if err != nil {
		t.Fatal(err)
	}
	return e.Refined
}

// If the period of a timer is longer than the keep-alive, each of its calls in the next
// hour is a cold start. Shorter periods, and functions that are never called, have none.
func TestTheNextHourIsForecast(t *testing.T) {
	for name, c := range map[string]struct {
		period    int // 0 for never
		low, high float64
	}{
		"silent": {0, 0, 0.25}, "dense": {1, 0, 0.15}, "every 5 minutes": {5, 0, 0.3}, "every 15 minutes": {15, 3.4, 4.5},
		"every 20 minutes": {20, 2.6, 3.4}, "every half hour": {30, 1.6, 2.4}, "every hour": {60, 0.6, 1.4},
	} {
		for _, hours := range []int{hourly.MinHours, hourly.MaxHours} {
			got := hourlyOf(t, hours*hourly.Hour, func(i int) bool { return c.period > 0 && i%c.period == 0 })
			if got < c.low || got > c.high {
				t.Errorf("%s, %d hours: %.2f cold starts, want %.2f to %.2f", name, hours, got, c.low, c.high)
			}
		}
	}
}

// The forecast of a region follows a daily pattern up and down, whatever its size.
func TestADailyPatternIsForecast(t *testing.T) {
	p, err := models.LoadHourly()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int32{100, 10_000} {
		hours := make([]int32, 24*8)
		for i := range hours {
			hours[i] = int32(float64(size) * (1 + 0.4*math.Sin(2*math.Pi*float64(i)/24)))
		}
		for at := 24 * 7; at < len(hours); at++ {
			e, err := p.Series(series.Window{StepSeconds: 3600, Counts: hours[:at]})
			if err != nil {
				t.Fatal(err)
			}
			if share := e.Refined / float64(hours[at]); share < 0.85 || share > 1.15 {
				t.Errorf("size %d, hour %d: predicted %.0f, observed %d", size, at%24, e.Refined, hours[at])
			}
		}
	}
}

func BenchmarkHourlyFunction(b *testing.B) {
	p, err := models.LoadHourly()
	if err != nil {
		b.Fatal(err)
	}
	w := series.Window{StepSeconds: 60, Counts: make([]int32, hourly.MinHours*hourly.Hour)}
	for i := 0; i < len(w.Counts); i += 17 {
		w.Counts[i] = 1
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Function(w); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadHourly(b *testing.B) {
	for b.Loop() {
		if _, err := models.LoadHourly(); err != nil {
			b.Fatal(err)
		}
	}
}
