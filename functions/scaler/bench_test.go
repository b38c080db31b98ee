package scaler

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"
	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/policy"
)

// BenchmarkTick measures the scaler's part of one tick, with a gateway that it reaches by HTTP
// in this process: it opens signed batches, decides, and scales one function in a hundred. All
// figures are per function but requests, which are those of the gateway in a tick.
// The CPU time includes the gateway's part.
func BenchmarkTick(b *testing.B) {
	for _, functions := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(functions), func(b *testing.B) { benchTick(b, functions) })
	}
}

// benchBatch is the functions of a batch.
const benchBatch = 50

func benchTick(b *testing.B, functions int) {
	w := &world{now: time.Unix(1_800_000_000, 0), ids: map[string]bool{}}
	g := newBenchGateway(functions)
	srv := httptest.NewServer(g)
	defer srv.Close()
	client, err := openfaas.New(openfaas.Config{URL: srv.URL, Namespaces: []string{"openfaas-fn"}, Edition: openfaas.Standard})
	if err != nil {
		b.Fatal(err)
	}
	cfg := Config{Keys: keys, Mode: openfaas.ModeActive, Policy: policy.DefaultConfig(), Concurrency: 1, MaxAge: 3, ReadinessPoll: 250 * time.Millisecond}
	s := NewFrom(cfg, client, w, func() time.Time { return w.now }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	var before, after runtime.MemStats
	var allocs, bytes uint64
	var cpu time.Duration
	for round := range b.N {
		b.StopTimer()
		w.now = w.now.Add(time.Minute)
		bodies := w.batches(b, functions, benchBatch, round)
		runtime.ReadMemStats(&before)
		began := cpuTime()
		b.StartTimer()
		for _, body := range bodies {
			req := handler.Request{Method: http.MethodPost, Body: body}
			req.WithContext(context.Background())
			if res, err := s.Handle(req); err != nil || res.StatusCode != http.StatusOK {
				b.Fatalf("answered %d %s, %v", res.StatusCode, res.Body, err)
			}
		}
		b.StopTimer()
		cpu += cpuTime() - began
		runtime.ReadMemStats(&after)
		allocs, bytes = allocs+after.Mallocs-before.Mallocs, bytes+after.TotalAlloc-before.TotalAlloc
		b.StartTimer()
	}
	b.StopTimer()
	per := float64(b.N * functions)
	b.ReportMetric(float64(cpu.Microseconds())/per, "cpu-µs/function")
	b.ReportMetric(float64(allocs)/per, "allocs/function")
	b.ReportMetric(float64(bytes)/per, "B/function")
	b.ReportMetric(float64(g.requests.Load())/float64(b.N), "requests/tick")
	w.stream, w.ids = nil, nil // NATS has them
	client, g.answers = nil, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc)/(1<<20), "live-MiB")
	runtime.KeepAlive(s)
}

// cpuTime returns the CPU time of this process: on a machine that is in use by others, elapsed
// time says little.
func cpuTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // fails for a wrong pointer alone
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// batches returns sealed forecasts that expect calls of one function in a hundred, of other
// ones in each round.
func (w *world) batches(b *testing.B, functions, size, round int) [][]byte {
	b.Helper()
	var bodies [][]byte
	for batch := range functions / size {
		fs := make([]event.Forecast, size)
		for i := range fs {
			at, n := batch*size+i, int32(0)
			if (at+round)%100 == 0 {
				n = 1
			}
			fs[i] = w.forecast(benchName(at), n)
			fs[i].Recent = make([]int32, 30)
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

// benchGateway answers with entries as large as those of a provider.
type benchGateway struct {
	requests atomic.Int64

	mu      sync.Mutex
	names   []string
	answers map[string][]byte // entries of the list, by name
}

func newBenchGateway(functions int) *benchGateway {
	g := &benchGateway{answers: map[string][]byte{}}
	for i := range functions {
		name, _, _ := strings.Cut(benchName(i), ".")
		g.names = append(g.names, name)
		g.set(name, 0)
	}
	return g
}

// set sets the replicas of a function.
func (g *benchGateway) set(name string, replicas uint64) {
	g.answers[name], _ = json.Marshal(types.FunctionStatus{
		Name: name, Namespace: "openfaas-fn", Image: "registry.example.org/team/" + name + ":1.0.0", Replicas: replicas, AvailableReplicas: replicas,
		Labels:      &map[string]string{openfaas.LabelZero: "true", "com.openfaas.scale.max": "20", "team": "a"},
		Annotations: &map[string]string{openfaas.AnnotationMode: "active", "topic": "orders"},
		CreatedAt:   time.Unix(1_700_000_000, 0),
	})
}

// ServeHTTP lists, reads and scales functions.
func (g *benchGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]; {
	case r.Method == http.MethodPost:
		var want struct{ Replicas uint64 }
		_ = json.NewDecoder(r.Body).Decode(&want)
		g.set(name, want.Replicas)
		w.WriteHeader(http.StatusAccepted)
	case name == "functions":
		_, _ = w.Write([]byte("["))
		for i, name := range g.names {
			if i > 0 {
				_, _ = w.Write([]byte(","))
			}
			_, _ = w.Write(g.answers[name])
		}
		_, _ = w.Write([]byte("]"))
	default:
		_, _ = w.Write(g.answers[name])
	}
}
