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
	"prewarm/functions/dashboard/ledger"
	"prewarm/functions/dashboard/view"
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

// BenchmarkStep measures the work for one step without opening the messages, where one
// function of a hundred is called in a step. heap-MB is the memory after six hours of steps of
// 1,000 functions, and after one hour of 10,000.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ functions, steps int }{{1000, history.MaxSteps}, {10_000, history.HourSteps}} {
		b.Run(fmt.Sprintf("%d functions", c.functions), func(b *testing.B) { benchmarkStep(b, c.functions, int64(c.steps)) })
	}
}

func benchmarkStep(b *testing.B, n int, steps int64) {
	d := newFake(b, &fakeSource{})
	d.view, d.ledger = view.New(n), ledger.New(60, 10, n)
	rng := rand.New(rand.NewPCG(1, 2))
	i := int64(0)
	step := func() {
		i++
		for f := range n {
			windows, forecasts, decisions := sleeper(fmt.Sprintf("shop-%d.openfaas-fn", f), i, rng)
			at := origin + 60*i
			d.view.AddWindows(at, windows)
			d.view.AddForecasts(at, forecasts)
			d.view.AddDecisions(at, decisions)
			d.ledger.AddDecisions(decisions)
		}
	}
	for b.Loop() {
		step()
	}
	for i < steps {
		step()
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "us/function")
	runtime.KeepAlive(d)
}

// sleeper returns the messages of step i about a function that is called in one step of a
// hundred. They have slices and strings of their own, as those that were decoded.
func sleeper(name string, i int64, rng *rand.Rand) (*event.Windows, *event.Forecasts, *event.Decisions) {
	called := int32(0)
	if rng.IntN(100) == 0 {
		called = 1
	}
	w, f, made := window(name, 180), forecast(name), decision(name, origin+60*i)
	w.Start, f.Origin = w.Start+60*i, f.Origin+60*i
	clear(w.Counts)
	w.Counts[len(w.Counts)-1] = called
	f.Recent = make([]int32, 60)
	f.Recent[59] = called
	for h := range f.PActive {
		f.PActive[h] = event.Prob(0.01 + 0.001*rng.Float32())
	}
	made.Reason, made.Inputs.Settled = fmt.Sprintf("chance of a call is %.3f %% %d", rng.Float64(), i), []int32{0, 0, 0, 0, called}
	made.Observed = int(called)
	return &event.Windows{Windows: []event.FunctionWindow{w}}, &event.Forecasts{Model: "m", Forecasts: []event.Forecast{f}},
		&event.Decisions{Decisions: []event.Decision{made}}
}
