package forecast_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/series"
)

// relatives returns a random window, and others that equal it in most of what the network
// reads: a step later by the clock, an hour later, with other calls long before, longer by a
// step without data or without calls, with one other count, with calls of another duration.
func relatives(rng *rand.Rand) []event.FunctionWindow {
	w := randomWindow(rng)
	later, nextHour, longer, unknown, silent, other, slower := w, w, w, w, w, w, w
	later.Start += 60
	nextHour.Start += 3600
	longer.Counts, longer.BusySeconds = append(make([]int32, 240), w.Counts...), append(make([]float32, 240), w.BusySeconds...)
	longer.Counts[3] = 7
	unknown.Counts, unknown.BusySeconds = append([]int32{series.NoData}, w.Counts...), append([]float32{0}, w.BusySeconds...)
	silent.Counts, silent.BusySeconds = append(w.Counts[:len(w.Counts):len(w.Counts)], 0), append(w.BusySeconds[:len(w.Counts):len(w.Counts)], 0)
	other.Counts = append([]int32{}, w.Counts...)
	other.Counts[len(w.Counts)-1]++
	slower.BusySeconds = make([]float32, len(w.Counts))
	for i, c := range w.Counts {
		slower.BusySeconds[i] = 90 * float32(max(c, 0))
	}
	return append(asleep(w), w, later, nextHour, longer, unknown, silent, other, slower)
}

// asleep returns windows like w in which nobody calls: one, one a step later by the clock, one
// with a step more, one that begins with an unknown step, and one of twice the concurrency.
func asleep(w event.FunctionWindow) []event.FunctionWindow {
	w.BusySeconds, w.Counts = nil, make([]int32, len(w.Counts))
	later, longer, unknown, wider := w, w, w, w
	later.Start += 60
	longer.Counts = make([]int32, len(w.Counts)+1)
	unknown.Counts = append([]int32{series.NoData}, w.Counts...)
	wider.Concurrency *= 2
	return []event.FunctionWindow{w, later, longer, unknown, wider}
}

// Whatever a predictor remembers, forgets, and forecasts at the same time, its forecasts and
// those of its parts are those of a predictor without a memory.
func TestAMemoryChangesNoForecast(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 13))
	plain, remembering := shipped(), shipped()
	remembering.Remember(60)
	var windows []event.FunctionWindow
	for range 12 {
		windows = append(windows, relatives(rng)...)
	}
	for round := range 4 {
		horizons := 1 + 59*(round%2)
		got, want := make([]event.Forecast, len(windows)), make([]event.Forecast, len(windows))
		remembering.ForecastHorizons(got, windows, horizons)
		plain.ForecastHorizons(want, windows, horizons)
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("round %d, window %d: got %+v, want %+v", round, i, got[i], want[i])
			}
		}
		curves, wanted := make([]forecast.Curves, len(windows)), make([]forecast.Curves, len(windows))
		remembering.Parts(curves, windows)
		plain.Parts(wanted, windows)
		if !reflect.DeepEqual(curves, wanted) {
			t.Fatalf("round %d: the curves of the parts differ", round)
		}
		rng.Shuffle(len(windows), func(i, j int) { windows[i], windows[j] = windows[j], windows[i] })
	}
}

func TestAMemoryOfNothingPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	shipped().Remember(0)
}
