package forecast_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"prewarm/shared/event"
)

// Batches mix windows of different lengths. Each forecast is that of the
// window alone.
func TestABatchEqualsItsWindows(t *testing.T) {
	p, rng := load(t, saved(t, untrained(t))), rand.New(rand.NewPCG(3, 4))
	windows := make([]event.FunctionWindow, 75)
	for i := range windows {
		windows[i] = randomWindow(rng)
		windows[i].Function = fmt.Sprintf("f%d.ns", i)
	}
	dst := make([]event.Forecast, len(windows))
	if errs := p.Forecast(dst, windows); errs != nil {
		t.Fatal(errs)
	}
	for i, w := range windows {
		assertClose(t, fmt.Sprintf("window %d", i), dst[i], forecastOne(t, p, w))
	}
}

// assertClose allows the rounding by which matrix products of different sizes
// may differ.
func assertClose(t *testing.T, name string, got, want event.Forecast) {
	t.Helper()
	for h := range want.PActive {
		if d := got.PActive[h] - want.PActive[h]; d > 1e-4 || d < -1e-4 {
			t.Fatalf("%s horizon %d: p %v, want %v", name, h+1, got.PActive[h], want.PActive[h])
		}
	}
	if got.Function != want.Function || got.Origin != want.Origin || !slices.Equal(got.Recent, want.Recent) {
		t.Fatalf("%s: got %+v, want %+v", name, got, want)
	}
}

func TestAKeptDestinationIsReused(t *testing.T) {
	p := load(t, saved(t, untrained(t)))
	windows := []event.FunctionWindow{window(180, func(i int) int32 { return int32(i % 4) })}
	dst := make([]event.Forecast, 1)
	p.Forecast(dst, windows)
	first := &dst[0].PActive[0]
	p.Forecast(dst, windows)
	if first != &dst[0].PActive[0] || len(dst[0].PActive) != event.Horizons {
		t.Error("the second forecast took new memory")
	}
}
