package models_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
	"prewarm/shared/series"
)

// digests are of every number of the forecasts of variedWindows, by the version of
// the weights and the number of horizons. Whoever ships other weights renews them:
// the test prints the computed ones.
var digests = map[string]string{
	"73d09279e85b at 1":  "37273cf8bf99401e",
	"73d09279e85b at 5":  "5d0b99314c683cb5",
	"73d09279e85b at 60": "43f60ff53262986e",
}

// A faster forecast is the same forecast to the last bit, so that decisions do not
// depend on how sums are computed. On other processors the compiler may join a
// product and a sum, with one rounding less.
func TestForecastsKeepEveryBit(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skipf("the digests are of amd64, this is %s", runtime.GOARCH)
	}
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	windows := variedWindows(300)
	for _, horizons := range []int{1, 5, feature.Horizons} {
		dst := make([]event.Forecast, len(windows))
		p.ForecastHorizons(dst, windows, horizons)
		name := fmt.Sprintf("%s at %d", p.Version(), horizons)
		if got := digest(dst); got != digests[name] {
			t.Errorf("%s: digest %s, want %s", name, got, digests[name])
		}
	}
}

// A forecast does not depend on the windows that it shares a batch with.
func TestABatchChangesNoBit(t *testing.T) {
	p, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	windows := variedWindows(64)
	together, alone := make([]event.Forecast, len(windows)), make([]event.Forecast, len(windows))
	p.Forecast(together, windows)
	for i := range windows {
		p.Forecast(alone[i:i+1], windows[i:i+1])
		if got, want := digest(together[i:i+1]), digest(alone[i:i+1]); got != want {
			t.Errorf("window %d: digest %s in a batch, %s alone", i, got, want)
		}
	}
}

// digest returns the FNV-1a hash of every number of the forecasts.
func digest(forecasts []event.Forecast) string {
	h := fnv.New64a()
	add := func(bits uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, bits)) }
	for _, f := range forecasts {
		for _, p := range f.PActive {
			add(uint64(math.Float32bits(float32(p))))
		}
		for _, need := range slices.Concat(f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99, f.Recent) {
			add(uint64(need))
		}
		add(math.Float64bits(f.ExpectedCold))
		add(uint64(f.Evidence))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// variedWindows returns n windows of a few steps to a day: silent, rare, periodic and
// dense, some with steps without data, some with long calls.
func variedWindows(n int) []event.FunctionWindow {
	rng := rand.New(rand.NewPCG(20, 26))
	windows := make([]event.FunctionWindow, n)
	for i := range windows {
		steps := [...]int{2, 7, 40, feature.Steps, feature.Steps, feature.Steps + 77, feature.MaxHistory}[rng.IntN(7)]
		w := event.FunctionWindow{Function: fmt.Sprintf("f-%d.openfaas-fn", i), Concurrency: float64(1 + rng.IntN(3))}
		w.StepSeconds, w.Start = 60, int64(rng.IntN(feature.PhaseSteps))*60
		w.Counts, w.BusySeconds = make([]int32, steps), make([]float32, steps)
		gap, size, seconds := 1+rng.IntN(1+rng.IntN(300)), 1+rng.Int32N(1+rng.Int32N(90)), rng.Float32()*float32(rng.IntN(200))
		for s := rng.IntN(gap); s < steps; s += 1 + (gap+rng.IntN(gap))/2 {
			w.Counts[s] = 1 + rng.Int32N(size)
			w.BusySeconds[s] = seconds * float32(w.Counts[s])
		}
		if i%5 == 0 {
			for s := rng.IntN(steps); s < steps; s += 1 + rng.IntN(60) {
				w.Counts[s], w.BusySeconds[s] = series.NoData, 0
			}
		}
		windows[i] = w
	}
	return windows
}
