package forecast_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/forecast/feature"
)

func TestPartsEndInTheForecast(t *testing.T) {
	m, rng := untrained(t), rand.New(rand.NewPCG(9, 1))
	p := load(t, saved(t, m))
	windows := []event.FunctionWindow{randomWindow(rng), window(2, func(int) int32 { return 0 }), randomWindow(rng)}
	curves := make([]forecast.Curves, 3)
	errs := p.Parts(curves, windows)
	if errs[0] != nil || !errors.Is(errs[1], forecast.ErrNoData) || curves[1] != (forecast.Curves{}) {
		t.Fatalf("errors %v", errs)
	}
	for _, i := range []int{0, 2} {
		f := forecastOne(t, p, windows[i])
		for h, want := range f.PActive {
			if d := curves[i].Final[h] - float32(want); d > 1e-5 || d < -1e-5 {
				t.Fatalf("window %d horizon %d: final %v, forecast %v", i, h+1, curves[i].Final[h], want)
			}
			c := &curves[i]
			if joined := m.Stack.Apply(feature.Logit(c.Refiner[h]), feature.Logit(c.Dense[h]), feature.Logit(c.Network[h])); math.Abs(float64(joined-c.Final[h])) > 1e-3 {
				t.Fatalf("window %d horizon %d: final %v, the parts joined %v", i, h+1, c.Final[h], joined)
			}
		}
	}
}

func TestFewerHorizonsAreTheBeginningOfAll(t *testing.T) {
	p, rng := load(t, saved(t, untrained(t))), rand.New(rand.NewPCG(9, 2))
	windows := make([]event.FunctionWindow, 40)
	for i := range windows {
		windows[i] = randomWindow(rng)
	}
	all, some := make([]event.Forecast, len(windows)), make([]event.Forecast, len(windows))
	p.Forecast(all, windows)
	for _, horizons := range []int{1, 3, 60} {
		if errs := p.ForecastHorizons(some, windows, horizons); errs != nil {
			t.Fatal(errs)
		}
		for i := range some {
			if !slices.Equal(some[i].PActive, all[i].PActive[:horizons]) || len(some[i].NeedQ99) != horizons {
				t.Fatalf("%d horizons of window %d: p %v, want the beginning of %v", horizons, i, some[i].PActive, all[i].PActive)
			}
			for q, curve := range some[i].Need() {
				if !slices.Equal(curve, all[i].Need()[q][:horizons]) {
					t.Fatalf("%d horizons of window %d: quantile %d is %v", horizons, i, q, curve)
				}
			}
		}
	}
}

func TestHorizonsOutOfBoundsAreTheCallersBug(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	for _, horizons := range []int{0, -1, 61} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d horizons were accepted", horizons)
				}
			}()
			p.ForecastHorizons(nil, nil, horizons)
		}()
	}
}
