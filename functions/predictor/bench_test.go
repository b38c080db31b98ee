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

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/series"
)

// BenchmarkTick measures the predictor's part of one tick of 1,000 functions: it opens 20
// signed batches with windows of 180 steps, forecasts with the shipped weights, seals, and
// publishes to a stream that takes no time.
func BenchmarkTick(b *testing.B) {
	const functions, size, steps = 1000, 50, 180
	model, err := models.Load()
	if err != nil {
		b.Fatal(err)
	}
	p := newPredictor(keys, model, replicaModel{}, &stream{messages: map[string][]byte{}}, func() time.Time { return time.Unix(6000+steps*60, 0) }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	bodies := make([][]byte, 0, functions/size)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range functions / size {
		bodies = append(bodies, sealed(b, i, size, steps, rng))
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

// sealed returns one batch of functions with gaps of 1 to 60 steps.
func sealed(b *testing.B, batch, size, steps int, rng *rand.Rand) []byte {
	b.Helper()
	windows := make([]event.FunctionWindow, size)
	for i := range windows {
		w := series.Window{StepSeconds: 60, Start: 6000, Counts: make([]int32, steps), Errors: make([]int32, steps), BusySeconds: make([]float32, steps)}
		for m := rng.IntN(60); m < steps; m += 1 + rng.IntN(60) {
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
