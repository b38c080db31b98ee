package models_test

import (
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"prewarm/models"
	"prewarm/shared/event"
	"prewarm/shared/forecast/feature"
)

func BenchmarkForecast(b *testing.B) { benchmark(b, 1, 256, feature.Steps, feature.Horizons) }
func BenchmarkForecastOfADay(b *testing.B) {
	benchmark(b, 1, 256, feature.MaxHistory, feature.Horizons)
}
func BenchmarkForecastOneStep(b *testing.B) { benchmark(b, 1, 256, feature.Steps, 1) }

// BenchmarkTenThousandFunctions forecasts 10,000 functions on two cores; s/10k is the
// elapsed time.
func BenchmarkTenThousandFunctions(b *testing.B) {
	benchmark(b, 2, 10_000, feature.Steps, feature.Horizons)
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/10k")
}

// functions returns n windows of functions that are called every minute to every
// fifty minutes, one to seven times. The calls of every eighth take 25 s, so that it
// needs several replicas.
func functions(n, steps int) []event.FunctionWindow {
	windows := make([]event.FunctionWindow, n)
	for i := range windows {
		w := window(feature.Steps, int32(1+i%7), func(s int) bool { return s%(1+i%50) == 0 })
		for len(w.Counts) < steps {
			w.Counts = append(w.Counts, w.Counts[:feature.Steps]...)
		}
		if i%8 == 0 {
			w.BusySeconds = make([]float32, len(w.Counts))
			for s, c := range w.Counts {
				w.BusySeconds[s] = 25 * float32(c)
			}
		}
		windows[i] = w
	}
	return windows
}

// benchmark forecasts n functions with windows of the given number of steps. It
// uses the destination again, as the predictor does from batch to batch. x-product is
// the processor time of a function as a multiple of that of the reference product in
// the same run, the least of each: it depends little on the load of the machine.
func benchmark(b *testing.B, processors, n, steps, horizons int) {
	p, err := models.Load()
	if err != nil {
		b.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	windows, dst := functions(n, steps), make([]event.Forecast, n)
	forecast := func() {
		if errs := p.ForecastHorizons(dst, windows, horizons); errs != nil {
			b.Fatal(errs)
		}
	}
	forecast()
	b.ReportAllocs()
	var used time.Duration
	best, product := time.Duration(math.MaxInt64), referenceProduct()
	for b.Loop() {
		once := timed(b, forecast)
		used, best = used+once, min(best, once)
		b.StopTimer()
		product.measure(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N*n), "cpu-ns/function")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/function")
	b.ReportMetric(float64(best)/float64(n)/float64(product.best), "x-product")
}

// timed returns the processor time of f.
func timed(b *testing.B, f func()) time.Duration {
	begin := processorTime(b)
	f()
	return processorTime(b) - begin
}

// reference is the product that other times are compared with: 32 rows of 40 numbers
// by 40 rows of 128, 163,840 multiply-adds, as in one step of the LSTM.
type reference struct {
	a, b, c blas32.General
	best    time.Duration
}

func referenceProduct() *reference {
	matrix := func(rows, cols int) blas32.General {
		m := blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
		for i := range m.Data {
			m.Data[i] = float32(i%7) - 3.5
		}
		return m
	}
	return &reference{a: matrix(32, 40), b: matrix(40, 128), c: matrix(32, 128), best: math.MaxInt64}
}

// measure repeats the product, and keeps the least time.
func (r *reference) measure(b *testing.B) {
	const products = 100
	for range 10 {
		r.best = min(r.best, timed(b, func() {
			for range products {
				blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, r.a, r.b, 0, r.c)
			}
		})/products)
	}
}

// processorTime returns the processor time of this process. Other programs on the
// machine distort it less than the elapsed time.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := models.Load(); err != nil {
			b.Fatal(err)
		}
	}
}
