package forecast_test

import (
	"math"
	"testing"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// FuzzForecast forecasts any window that a message may hold: the forecast is a valid
// message too. Each byte is a step, 13 one without data.
func FuzzForecast(f *testing.F) {
	p := load(f, saved(f, untrained(f)))
	f.Add([]byte{1, 2, 13, 0, 255, 7, 7, 7}, 0.5, 1.0, 0.0, 60, false)
	f.Add([]byte{0, 1, 1, 0, 0, 1}, 1e30, 5e-324, 0.0, 1, true)
	f.Add([]byte{9, 9, 9, 9, 255}, 0.0, 1e6, 1e-300, 86400, false)
	f.Add([]byte{9, 9, 0, 0}, 1e-30, 0.01, 3e38, 7, true)
	f.Fuzz(func(t *testing.T, steps []byte, busy, concurrency, rate float64, seconds int, running bool) {
		w := event.FunctionWindow{Function: "a.fn", InFlight: -1, Concurrency: concurrency, CallsPerReplica: rate}
		w.StepSeconds = seconds
		if seconds > 0 && seconds <= 86400 {
			w.Start = 1000 * int64(seconds)
		}
		for _, b := range steps[:min(len(steps), 300)] {
			// Up to math.MaxInt32, most of them small.
			count := int32(math.Pow(math.MaxInt32, float64(b)/255)) - 1
			if b == 13 {
				count = series.NoData
			}
			w.Counts = append(w.Counts, count)
			w.BusySeconds = append(w.BusySeconds, float32(float64(max(0, count))*busy))
			if running {
				w.Running = append(w.Running, float32(float64(count)*busy/float64(seconds)))
			}
		}
		windows := []event.FunctionWindow{w}
		if (&event.Windows{Windows: windows}).Validate() != nil {
			return
		}
		got := make([]event.Forecast, 1)
		p.Forecast(got, windows) // an error is in the forecast too
		if err := (&event.Forecasts{Model: p.Version(), Forecasts: got}).Validate(); err != nil {
			t.Errorf("%+v: %v", w, err)
		}
	})
}
