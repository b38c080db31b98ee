package main

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"prewarm/models"
	"prewarm/models/simulate/backtest"
	"prewarm/shared/event"
	"prewarm/shared/policy"
	"prewarm/shared/series"
	"prewarm/shared/simulate"
	"prewarm/shared/testbed"
	"prewarm/shared/trace"
)

// warmth keeps the decisions of a simulation, by minute and function.
type warmth [][]int32

// Minute implements simulate.Sink.
func (w *warmth) Minute(_ int, warm []int32) error {
	*w = append(*w, slices.Clone(warm))
	return nil
}

// What the policy states as left of the expected cold starts is what happens when it goes
// on: at the begin of each hour of a trace it predicts, then the hour is simulated.
func TestTheColdStartsThatRemainAreThosePredicted(t *testing.T) {
	if testing.Short() {
		t.Skip("the model forecasts every minute of a day")
	}
	tr, err := trace.Open(testbed.Traces(t, "azure2019"))
	if err != nil {
		t.Fatal(err)
	}
	tr = sample(tr, 120).Until(180 + 10*60)
	w := simulate.NewWorkload(tr, 1)
	outlook, err := backtest.Forecast(context.Background(), w, models.Full, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	forecasts := hourly(t, tr)
	for _, ratio := range []float64{0.05, 0.1, 0.2} {
		c := policy.DefaultConfig()
		c.CostRatio = ratio
		var warm warmth
		if err := simulate.Run(context.Background(), w, simulate.NewPrewarm(outlook, c, false), &warm); err != nil {
			t.Fatal(err)
		}
		predicted, keepAlive, happened := 0.0, 0.0, 0.0
		for minute, batch := range forecasts {
			for f := range batch {
				in := policy.Decide(time.Unix(batch[f].Origin, 0), &batch[f], policy.State{Max: 1 << 20, Concurrency: 1}, c).Inputs
				predicted, keepAlive = predicted+in.ExpectedColdLeft, keepAlive+in.ExpectedCold
				for m := minute; m < minute+event.Horizons; m++ {
					if tr.Functions[f].Counts[m] > 0 && warm[m][f] == 0 {
						happened++
					}
				}
			}
		}
		t.Logf("cost ratio %g: predicted %.0f cold starts (%.0f under keep-alive), happened %.0f", ratio, predicted, keepAlive, happened)
		if predicted < happened/2 || predicted > 2*happened {
			t.Errorf("cost ratio %g: predicted %.0f cold starts, %.0f happened", ratio, predicted, happened)
		}
		if ratio == 0.05 && predicted > keepAlive {
			t.Errorf("cost ratio %g: predicted %.0f cold starts, more than the %.0f under keep-alive", ratio, predicted, keepAlive)
		}
	}
}

// hourly returns the forecasts of all functions at the begin of each scored hour that the
// trace holds as a whole, by minute.
func hourly(t *testing.T, tr *trace.Trace) map[int][]event.Forecast {
	t.Helper()
	model, err := models.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := map[int][]event.Forecast{}
	for m := simulate.WarmUpMinutes; m+event.Horizons <= tr.Minutes; m += event.Horizons {
		var windows []event.FunctionWindow
		for _, f := range tr.Functions {
			w := series.Window{StepSeconds: 60, Start: int64(tr.Start) * 60, Counts: f.Counts[:m], BusySeconds: make([]float32, m)}
			for i, n := range w.Counts {
				w.BusySeconds[i] = float32(float64(max(0, n)) * f.Duration)
			}
			windows = append(windows, event.FunctionWindow{Function: f.Name, Window: w, Concurrency: 1})
		}
		out[m] = make([]event.Forecast, len(windows))
		model.Forecast(out[m], windows) // a function without a forecast has none left, and keep-alive
	}
	return out
}
