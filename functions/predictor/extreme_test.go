package predictor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// extremes picks from unusual values.
type extremes struct{ *rand.Rand }

func (r extremes) pick(values ...float64) float64 { return values[r.IntN(len(values))] }

// window returns a window that is valid and as unusual as one can be: counts up to the
// largest, calls of no time or of ages, a replica for next to nothing or for a million calls,
// gaps, alternation, one burst, calls in progress without counts.
func (r extremes) window() event.FunctionWindow {
	steps := int(r.pick(3, 4, 5, 10, 60, 179, 180, 240, 400, 1440))
	w := event.FunctionWindow{Function: "f.fn", InFlight: -1, Window: series.Window{StepSeconds: int(r.pick(1, 10, 60, 60, 60, 3600, 86400))}}
	w.Concurrency = r.pick(5e-324, 1e-300, 1e-300, 1e-300, 1e-9, 0.01, 0.3, 1, 7, 1e6)
	if r.IntN(4) == 0 {
		w.CallsPerReplica = r.pick(5e-324, 1e-300, 1e-6, 0.01, 1, 50, 1e6, math.MaxFloat32)
	}
	w.Counts = r.counts(steps)
	if duration := r.pick(0, 1e-9, 1e-3, 0.2, 5, 59, 60, 61, 600, 1e5, 1e8, 1e30, math.MaxFloat32); duration > 0 {
		for _, n := range w.Counts {
			w.BusySeconds = append(w.BusySeconds, float32(min(float64(max(0, n))*duration*(0.5+r.Float64()), math.MaxFloat32)))
		}
	}
	if r.IntN(4) == 0 {
		for range steps {
			w.Running = append(w.Running, float32(r.pick(-1, 0, 0.01, 1, 1e3, 1e9, math.MaxFloat32)))
		}
	}
	if w.Known() < 3 {
		copy(w.Counts, []int32{0, 1, 0})
	}
	return w
}

// counts returns the calls of so many steps, in one of six shapes.
func (r extremes) counts(steps int) []int32 {
	size := r.pick(1, 2, 10, 100, 1e4, 1e6, 1e9, math.MaxInt32)
	every, burst := 1+r.IntN(1+steps), r.IntN(steps)
	only := func(when bool) float64 {
		if when {
			return size
		}
		return 0
	}
	shape := []func(i int) float64{
		func(int) float64 { return size },
		func(i int) float64 { return only(i == burst) },
		func(i int) float64 { return only(i%every == 0) },
		func(i int) float64 { return only(i%2 == 1) },
		func(int) float64 { return math.Exp(r.Float64()*math.Log(size+1)) - 1 },
		func(int) float64 { return only(r.IntN(40) == 0) * r.Float64() },
	}[r.IntN(6)]
	counts := make([]int32, steps)
	for i := range counts {
		if counts[i] = int32(shape(i)); r.IntN(50) == 0 {
			counts[i] = series.NoData
		}
	}
	return counts
}

// Every forecast of a valid window is valid: probabilities and quantiles are in their bounds
// and in order, whatever was measured.
func TestForecastsOfExtremeWindowsAreValid(t *testing.T) {
	f, err := loadForecaster()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(62, 5))
	for range 30 {
		windows := make([]event.FunctionWindow, 64)
		for i := range windows {
			windows[i] = extremes{rng}.window()
		}
		out := make([]event.Forecast, len(windows))
		for i, err := range f.Forecast(out, windows) {
			if err != nil {
				t.Errorf("no forecast of %s: %v", describe(&windows[i]), err)
			}
		}
		for i := range out {
			if err := out[i].Check(); err != nil {
				t.Errorf("%v, of %s", err, describe(&windows[i]))
			}
		}
	}
}

// describe tells what is unusual about a window.
func describe(w *event.FunctionWindow) string {
	return fmt.Sprintf("%d steps of %d s, the last ones %v, calls of %v s, %v at a time, %v calls per replica, %d steps with calls in progress",
		len(w.Counts), w.StepSeconds, w.Tail(5).Counts, w.MeanDuration(), w.Concurrency, w.CallsPerReplica, len(w.Running))
}
