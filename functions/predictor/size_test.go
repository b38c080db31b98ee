package predictor

import (
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

// BenchmarkMessageSizes measures the bytes of one function in the messages of one step: its
// window of a day, as the collector sends it, and its forecast with the shipped weights. The
// disk that the streams need (functions/CONFIGURATION.md) follows from them.
func BenchmarkMessageSizes(b *testing.B) {
	for _, c := range []struct {
		name string
		gap  int // most steps between two calls
	}{{"asleep", 1440}, {"1%", 200}, {"3%", 60}, {"every-step", 1}} {
		b.Run(c.name, func(b *testing.B) {
			body, forecasts := sizes(b, c.gap)
			for range b.N {
			}
			b.ReportMetric(float64(body), "window-B/function")
			b.ReportMetric(float64(forecasts), "forecast-B/function")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// sizes returns the bytes per function of a batch with windows of a day whose calls are up
// to gap steps apart, and of its forecasts.
func sizes(b *testing.B, gap int) (windows, forecasts int) {
	const functions, steps = 20, 1440
	model, err := models.Load()
	if err != nil {
		b.Fatal(err)
	}
	rng, batch := rand.New(rand.NewPCG(1, 1)), &event.Windows{}
	for i := range functions {
		w := series.Window{StepSeconds: 60, Start: 6000, Counts: make([]int32, steps), Errors: make([]int32, steps), BusySeconds: make([]float32, steps)}
		for m := rng.IntN(gap); m < steps; m += 1 + rng.IntN(gap) {
			w.Counts[m], w.BusySeconds[m] = 1+rng.Int32N(99), float32(event.NewLoad(100*rng.Float64()))
		}
		batch.Windows = append(batch.Windows, event.FunctionWindow{Function: fmt.Sprintf("function-%d.openfaas-fn", i), Window: w, Concurrency: 1})
	}
	end := batch.Windows[0].End()
	_, body, err := event.Seal(keys, event.TypeWindows, end, "0", batch)
	if err != nil {
		b.Fatal(err)
	}
	s := &stream{messages: map[string][]byte{}}
	p := newPredictor(keys, model, replicaModel{}, s, func() time.Time { return time.Unix(end, 0) }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	req := handler.Request{Method: http.MethodPost, Body: body}
	req.WithContext(b.Context())
	if res, err := p.Handle(req); err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("answered %d %s, %v", res.StatusCode, res.Body, err)
	}
	for _, message := range s.messages {
		forecasts += len(message)
	}
	return len(body) / functions, forecasts / functions
}
