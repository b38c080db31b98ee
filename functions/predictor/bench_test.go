package predictor

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/series"
)

// BenchmarkTick measures the predictor's part of one tick of 1,000 functions that are called
// every half hour, with three hours of history.
func BenchmarkTick(b *testing.B) { benchmarkTick(b, 180, 60) }

// BenchmarkTickOfADay is BenchmarkTick with a day of history, and one call in a hundred steps.
func BenchmarkTickOfADay(b *testing.B) { benchmarkTick(b, 1440, 200) }

// benchmarkTick opens 10 signed batches with windows of the given number of steps, whose calls
// have gaps of up to gap steps, forecasts with the shipped weights, seals, and publishes to a
// stream that takes no time.
func benchmarkTick(b *testing.B, steps, gap int) {
	const functions, size = 1000, 100
	model, err := loadForecaster()
	if err != nil {
		b.Fatal(err)
	}
	p := newPredictor(keys, model, replicaModel{}, &stream{messages: map[string][]byte{}}, func() time.Time { return time.Unix(6000+int64(steps)*60, 0) }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	bodies := make([][]byte, 0, functions/size)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range functions / size {
		bodies = append(bodies, sealed(b, i, size, steps, gap, rng))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		for _, body := range bodies {
			req := handler.Request{Method: http.MethodPost, Body: body}
			req.WithContext(context.Background())
			if res, err := p.Handle(req); err != nil || res.StatusCode != http.StatusOK {
				b.Fatalf("answered %d, %v", res.StatusCode, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*functions), "µs/function")
}

// sealed returns one batch of functions with gaps of 1 to gap steps.
func sealed(b *testing.B, batch, size, steps, gap int, rng *rand.Rand) []byte {
	b.Helper()
	windows := make([]event.FunctionWindow, size)
	for i := range windows {
		w := series.Window{StepSeconds: 60, Start: 6000, Counts: make([]int32, steps), Errors: make([]int32, steps), BusySeconds: make([]float32, steps)}
		for m := rng.IntN(gap); m < steps; m += 1 + rng.IntN(gap) {
			w.Counts[m], w.BusySeconds[m] = 1+rng.Int32N(9), rng.Float32()
		}
		windows[i] = event.FunctionWindow{Function: fmt.Sprintf("f-%d-%d.openfaas-fn", batch, i), Window: w, Concurrency: 1}
	}
	_, body, err := event.Seal(keys, event.TypeWindows, windows[0].End(), fmt.Sprint(batch), &event.Windows{Windows: windows})
	if err != nil {
		b.Fatal(err)
	}
	return body
}
