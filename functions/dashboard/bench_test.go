package dashboard

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"prewarm/functions/dashboard/history"
	"prewarm/shared/event"
)

// fill gives the dashboard n functions with three hours of random calls, since
// equal ones would compress too well.
func fill(b testing.TB, n int) *Dashboard {
	b.Helper()
	d := newFake(b, &fakeSource{})
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		name := fmt.Sprintf("shop-%d.openfaas-fn", i)
		w, f, last := window(name, 180), forecast(name), decision(name, origin)
		for j := range w.Counts {
			w.Counts[j] = int32(rng.ExpFloat64() * float64(i%13) / 4)
		}
		for h := range f.PActive {
			f.PActive[h] = event.Prob(rng.Float32())
		}
		f.ExpectedCold = 3 * rng.Float64()
		last.Reason = fmt.Sprintf("chance of a call within 2 steps is %.1f %%, cost ratio 5.0 %%: %d warm by the function's own past", 100*rng.Float64(), i%5)
		d.view.AddWindows(origin, &event.Windows{Windows: []event.FunctionWindow{w}})
		d.view.AddForecasts(origin, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}})
		d.view.AddDecisions(origin, &event.Decisions{Decisions: []event.Decision{last}})
		for j, warm := range rng.Perm(20) {
			one := decision(name, origin-60*int64(19-j))
			one.Inputs.Settled, one.Observed = []int32{0}, warm
			d.ledger.AddDecisions(&event.Decisions{Decisions: []event.Decision{one}})
		}
	}
	return d
}

// BenchmarkAnswer measures compressed answers; p99-ms is the 99th percentile of
// their time.
func BenchmarkAnswer(b *testing.B) {
	for _, n := range []int{200, 1000} {
		d := fill(b, n)
		for _, target := range []string{"/", "/api/overview", "/?function=shop-7.openfaas-fn", "/api/function?function=shop-7.openfaas-fn", "/?page=savings"} {
			b.Run(fmt.Sprintf("%d functions%s", n, target), func(b *testing.B) {
				var times []time.Duration
				size := 0
				for b.Loop() {
					r := httptest.NewRequest(http.MethodGet, target, nil)
					r.Header.Set("Accept-Encoding", "gzip")
					w := httptest.NewRecorder()
					begin := time.Now()
					d.ServeHTTP(w, r)
					times, size = append(times, time.Since(begin)), w.Body.Len()
				}
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(size)/1000, "kB")
			})
		}
	}
}

// BenchmarkStep measures the work for one step of 1,000 functions without opening
// the messages. heap-MB is the memory after six hours of steps.
func BenchmarkStep(b *testing.B) {
	d := fill(b, 1000)
	i := int64(0)
	step := func() {
		i++
		for f := range 1000 {
			name := fmt.Sprintf("shop-%d.openfaas-fn", f)
			one := forecast(name)
			one.Origin += 60 * i
			made := decision(name, one.Origin)
			made.Reason = fmt.Sprint(made.Reason, i, f) // own strings, as a message has them
			batch := event.Decisions{Decisions: []event.Decision{made}}
			d.view.AddForecasts(one.Origin, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{one}})
			d.view.AddDecisions(one.Origin, &batch)
			d.ledger.AddDecisions(&batch)
		}
	}
	for b.Loop() {
		step()
	}
	for i < history.MaxSteps {
		step()
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	runtime.KeepAlive(d)
}
