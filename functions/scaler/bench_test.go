package scaler

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// BenchmarkTick measures the scaler's part of one tick of 1,000 functions: it opens 20
// signed batches, decides, and scales one function in ten up or down on a gateway that takes
// no time.
func BenchmarkTick(b *testing.B) {
	const functions, size = 1000, 50
	w := &world{now: time.Unix(1_800_000_000, 0), functions: map[string]*openfaas.Function{}, ids: map[string]bool{}}
	for i := range functions {
		w.deploy(benchName(i), 0, openfaas.ModeActive)
	}
	cfg := Config{Keys: keys, Mode: openfaas.ModeActive, Policy: policy.DefaultConfig(), Concurrency: 1, MaxAge: 3, ReadinessPoll: time.Second}
	s := NewFrom(cfg, w, w, func() time.Time { return w.now }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	b.ReportAllocs()
	for round := range b.N {
		b.StopTimer()
		w.now = w.now.Add(time.Minute)
		w.calls = nil
		bodies := w.batches(b, functions, size, round)
		b.StartTimer()
		for _, body := range bodies {
			req := handler.Request{Method: http.MethodPost, Body: body}
			req.WithContext(context.Background())
			if res, err := s.Handle(req); err != nil || res.StatusCode != http.StatusOK {
				b.Fatalf("answered %d %s, %v", res.StatusCode, res.Body, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*functions), "µs/function")
	published := 0
	for _, body := range w.stream {
		published += len(body)
	}
	b.ReportMetric(float64(published)/float64(b.N*functions), "decision-B/function")
}

// batches returns sealed forecasts that expect calls of one function in ten, of other ones
// in each round.
func (w *world) batches(b *testing.B, functions, size, round int) [][]byte {
	b.Helper()
	var bodies [][]byte
	for batch := range functions / size {
		fs := make([]event.Forecast, size)
		for i := range fs {
			n := int32(0)
			if (i+round)%10 == 0 {
				n = 1
			}
			fs[i] = w.forecast(benchName(batch*size+i), n)
		}
		_, body, err := event.Seal(keys, event.TypeForecasts, fs[0].Origin, fmt.Sprint(batch), &event.Forecasts{Model: "m", Forecasts: fs})
		if err != nil {
			b.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

func benchName(i int) string { return fmt.Sprintf("f-%d.openfaas-fn", i) }
