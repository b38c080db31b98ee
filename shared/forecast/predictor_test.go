package forecast_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// window is a function with the given count at each step.
func window(steps int, count func(step int) int32) event.FunctionWindow {
	w := event.FunctionWindow{Function: "f.openfaas-fn", Concurrency: 1, InFlight: 2}
	w.StepSeconds, w.Start, w.Counts = 60, 7200, make([]int32, steps)
	for i := range w.Counts {
		w.Counts[i] = count(i)
	}
	return w
}

// randomWindow has any length, holes, and calls of any rate.
func randomWindow(rng *rand.Rand) event.FunctionWindow {
	rate := rng.Float64()
	w := window(4+rng.IntN(300), func(int) int32 {
		switch {
		case rng.Float64() < 0.1:
			return series.NoData
		case rng.Float64() < rate:
			return int32(rng.IntN(100))
		}
		return 0
	})
	w.BusySeconds = make([]float32, len(w.Counts))
	for i, c := range w.Counts {
		w.BusySeconds[i] = float32(max(c, 0)) * rng.Float32() * 5
	}
	for i := range forecast.MinKnown {
		w.Counts[len(w.Counts)-1-i] = int32(rng.IntN(2))
	}
	return w
}

func forecastOne(t testing.TB, p *forecast.Predictor, w event.FunctionWindow) event.Forecast {
	t.Helper()
	dst := make([]event.Forecast, 1)
	if errs := p.Forecast(dst, []event.FunctionWindow{w}); errs != nil {
		t.Fatal(errs[0])
	}
	return dst[0]
}

// checkForecast checks that a forecast is a valid message.
func checkForecast(t testing.TB, p *forecast.Predictor, w event.FunctionWindow) {
	t.Helper()
	message := event.Forecasts{Model: p.Version(), Forecasts: []event.Forecast{forecastOne(t, p, w)}}
	if err := message.Validate(); err != nil {
		t.Errorf("forecast of %+v: %v", w, err)
	}
}

func TestForecastsAreValidMessages(t *testing.T) {
	p, rng := load(t, saved(t, untrained(t))), rand.New(rand.NewPCG(1, 2))
	for range 200 {
		checkForecast(t, p, randomWindow(rng))
	}
}

func TestTooLittleDataIsErrNoData(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	unknown := window(60, func(i int) int32 { return series.NoData })
	unknown.Counts[3], unknown.Counts[4] = 1, 1
	good := window(10, func(int) int32 { return 1 })
	broken := window(10, func(int) int32 { return 1 })
	broken.Concurrency = 0
	negative := window(10, func(int) int32 { return -5 })
	dst := make([]event.Forecast, 4)
	errs := p.Forecast(dst, []event.FunctionWindow{unknown, good, broken, negative})
	if len(errs) != 4 || !errors.Is(errs[0], forecast.ErrNoData) || errs[1] != nil ||
		!errors.Is(errs[2], series.ErrWindow) || !errors.Is(errs[3], series.ErrWindow) {
		t.Fatalf("got %v", errs)
	}
	if dst[0].NoData == "" || len(dst[0].PActive) != 0 || dst[0].Origin != unknown.End() {
		t.Errorf("without data: %+v", dst[0])
	}
	if want := forecastOne(t, p, good); !reflect.DeepEqual(dst[1], want) {
		t.Errorf("a window beside bad ones: got %+v, want %+v", dst[1], want)
	}
}

// A function that was deployed two steps ago has no forecast, but its observed need
// is there: the keep-alive is based on it.
func TestTheNeedOfAYoungFunctionIsReported(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	young := withCounts(window(2, func(int) int32 { return 0 }), series.NoData, 3, 0)
	dst := make([]event.Forecast, 1)
	if errs := p.Forecast(dst, []event.FunctionWindow{young}); len(errs) != 1 || !errors.Is(errs[0], forecast.ErrNoData) {
		t.Fatalf("got %v", errs)
	}
	if f := dst[0]; !slices.Equal(f.Recent, []int32{series.NoData, 1, 0}) || len(f.RecentLoad) != 3 {
		t.Errorf("recent need %v, load %v", f.Recent, f.RecentLoad)
	}
}

func TestThreeKnownStepsAreEnough(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	checkForecast(t, p, window(3, func(i int) int32 { return int32(i) }))
	checkForecast(t, p, withCounts(window(1, func(int) int32 { return 1 }), 1, series.NoData, 0, 0))
}

// Counts at or after the origin change nothing: what is not in the window cannot
// leak.
func TestNothingOutsideTheWindowMatters(t *testing.T) {
	p, rng := load(t, saved(t, untrained(t))), rand.New(rand.NewPCG(5, 6))
	for range 100 {
		full := extend(randomWindow(rng), 600, rng)
		origin := 190 + rng.IntN(400)
		want := forecastOne(t, p, cut(full, origin))
		for i := origin; i < len(full.Counts); i++ {
			full.Counts[i], full.BusySeconds[i] = int32(rng.IntN(1000)), rng.Float32()*1000
		}
		if got := forecastOne(t, p, cut(full, origin)); !reflect.DeepEqual(got, want) {
			t.Fatalf("origin %d: values outside the window change the forecast", origin)
		}
	}
}

// The observed need is of the last three hours, however long the window is.
func TestRecentNeedIsOfThreeHours(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	f := forecastOne(t, p, window(series.MaxSteps, func(i int) int32 { return int32(i % 2) }))
	if len(f.Recent) != 180 || f.Evidence != series.MaxSteps/2 {
		t.Errorf("%d recent needs, %d active steps", len(f.Recent), f.Evidence)
	}
}

func TestForecastIsSafeForConcurrentUse(t *testing.T) {
	p, rng := load(t, saved(t, untrained(t))), rand.New(rand.NewPCG(7, 8))
	windows := make([]event.FunctionWindow, 40)
	for i := range windows {
		windows[i] = randomWindow(rng)
	}
	want := make([]event.Forecast, len(windows))
	p.Forecast(want, windows)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			dst := make([]event.Forecast, len(windows))
			p.Forecast(dst, windows)
			if !reflect.DeepEqual(dst, want) {
				t.Error("forecasts differ between goroutines")
			}
		})
	}
	wait.Wait()
}

// Three hours without data, but a day of data before: that is evidence.
func TestALongHoleAfterDataIsNotNoData(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	checkForecast(t, p, window(1000, func(i int) int32 {
		if i >= 800 {
			return series.NoData
		}
		return int32(i % 5)
	}))
}
