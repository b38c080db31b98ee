package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"testing"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/trace"
)

// mixed returns a trace of n functions of every kind that the forecast tells apart: timers,
// calls at random, bursts, hours of silence, minutes without data, calls that are short,
// longer than a minute, or of unknown duration.
func mixed(n, minutes int) *trace.Trace {
	rng := rand.New(rand.NewPCG(2019, 2023))
	tr := &trace.Trace{Start: 17, Minutes: minutes}
	for f := range n {
		durations := [...]float64{0.2, 3, 25, 0, 150}
		fn := trace.Function{Name: fmt.Sprintf("f%02d", f), Duration: durations[f%5], Counts: make([]int32, minutes)}
		period, from := 1+rng.IntN(40), rng.IntN(minutes/2)
		for m := from; m < minutes; m++ {
			fn.Counts[m] = calls(f%7, m, period, rng)
		}
		if f%9 == 4 {
			for m := range minutes / 3 {
				fn.Counts[m] = series.NoData
			}
			fn.Counts[minutes-50] = series.NoData
		}
		tr.Functions = append(tr.Functions, fn)
	}
	return tr
}

// calls returns the calls of a minute by the kind of the function.
func calls(kind, minute, period int, rng *rand.Rand) int32 {
	onTime := minute%period == 0
	switch {
	case kind == 0 && onTime:
		return 1
	case kind == 1 && rng.IntN(period) == 0:
		return 1 + rng.Int32N(9)
	case kind == 2 && minute/60%3 == 1:
		return rng.Int32N(40)
	case kind == 3 && minute%(7*period) < 3:
		return 300 + rng.Int32N(200)
	case kind == 4:
		return 20 + int32(minute%60)
	case kind == 5 && (onTime || minute%13 == 0):
		return int32(1 + minute%2)
	case kind == 6 && minute%(20*period) == 0:
		return 2
	}
	return 0
}

// digest is a Forecaster that hashes every bit of the forecasts of a model.
type digest struct {
	simulate.Forecaster
	model *forecast.Predictor // the same
	sum   uint64
}

func newDigest(t *testing.T) *digest {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the digests were made on amd64; other processors fuse products and sums")
	}
	model, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &digest{Forecaster: model, model: model}
}

// ForecastHorizons implements simulate.Forecaster.
func (d *digest) ForecastHorizons(dst []event.Forecast, windows []event.FunctionWindow, horizons int) []error {
	errs := d.Forecaster.ForecastHorizons(dst, windows, horizons)
	h := fnv.New64a()
	for i := range windows {
		f := &dst[i]
		fmt.Fprint(h, d.sum, f.Function, f.Origin, f.NoData, f.Evidence, f.Provisional, f.Estimated)
		for _, numbers := range []any{f.PActive, f.NeedQ50, f.NeedQ90, f.NeedQ95, f.NeedQ99, f.ExpectedCold, f.Recent, f.RecentLoad} {
			binary.Write(h, binary.LittleEndian, numbers)
		}
		fmt.Fprint(h, f.Earlier)
	}
	d.sum = h.Sum64()
	return errs
}

// Minute implements simulate.Sink: it hashes the decisions.
func (d *digest) Minute(m int, warm []int32) error {
	h := fnv.New64a()
	fmt.Fprint(h, d.sum, m, warm)
	d.sum = h.Sum64()
	return nil
}

// Forecasts and decisions of a day are the same to the last bit, whatever makes them faster.
// A model that is trained anew has other digests.
func TestTheDayOfAMixedTrace(t *testing.T) { checkDay(t, newDigest(t)) }

// Neither does it matter what the model remembers, and how much of it has to be forgotten.
func TestTheDayOfAMixedTraceWithAMemory(t *testing.T) {
	d := newDigest(t)
	d.model.Remember(500)
	checkDay(t, d)
}

// checkDay compares the digests of a day of a trace.
func checkDay(t *testing.T, d *digest) {
	t.Helper()
	w := simulate.NewWorkload(mixed(24, 420), 2)
	o, err := simulate.NewOutlook(context.Background(), w, d, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if want := uint64(0x65ee18964b21fdd); d.sum != want {
		t.Errorf("the digest of the forecasts is %#x, want %#x", d.sum, want)
	}
	for ratio, want := range map[float64]uint64{0.05: 0xa416c5b42b8d3b08, 0.3: 0x8d12a4c0c9ae2e10} {
		c := policy.DefaultConfig()
		c.CostRatio, d.sum = ratio, 0
		if err := simulate.Run(context.Background(), w, simulate.NewPrewarm(o, c, false), d); err != nil {
			t.Fatal(err)
		}
		if d.sum != want {
			t.Errorf("cost ratio %v: the digest of the decisions is %#x, want %#x", ratio, d.sum, want)
		}
	}
}

// A forecast of all horizons gives other columns, quantiles and cold starts their work.
func TestAllHorizonsOfAMixedTrace(t *testing.T) {
	d := newDigest(t)
	tr := mixed(40, 1600)
	for _, steps := range []int{40, 200, 1500, 1600} {
		var windows []event.FunctionWindow
		for _, f := range tr.Functions {
			w := event.FunctionWindow{Function: f.Name, Concurrency: 1}
			w.Start, w.StepSeconds, w.Counts = 60*17, 60, f.Counts[:steps:steps]
			w.BusySeconds = make([]float32, steps)
			for m, c := range w.Counts {
				w.BusySeconds[m] = float32(max(c, 0)) * float32(f.Duration)
			}
			w.Window = w.Tail(series.MaxSteps)
			windows = append(windows, w)
		}
		d.ForecastHorizons(make([]event.Forecast, len(windows)), windows, 60)
	}
	if want := uint64(0xfc5df1fd76ea6c3); d.sum != want {
		t.Errorf("the digest of the forecasts is %#x, want %#x", d.sum, want)
	}
}
