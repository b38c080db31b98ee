package platform_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/shared/event"
)

// world is a platform, and the messages of its streams so far.
type world struct {
	t *testing.T
	*platform.Platform
	stateDir string

	mu        sync.Mutex
	accepted  [][]byte // keys of the messages, none for that of the platform
	decisions []event.Decision
	windows   map[string]event.FunctionWindow // the last of each function
	collected map[string]bool                 // function@step of every window in the stream
	forecasts map[string]bool                 // function@step of every forecast in the stream
}

const patience = 60 * time.Second

// start builds and starts a platform on free ports, with steps of a second. env overrides
// variables of the suite.
func start(t *testing.T, edition gateway.Edition, env map[string]string) *world {
	t.Helper()
	return startWith(t, platform.Options{Edition: edition, Step: time.Second, Env: env})
}

// startWith sets the directory and the log of the options.
func startWith(t *testing.T, o platform.Options) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a whole platform")
	}
	t.Chdir("../../..")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	o.StateDir, o.Logger = t.TempDir(), slog.New(slog.DiscardHandler)
	p, err := platform.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, Platform: p, stateDir: o.StateDir, windows: map[string]event.FunctionWindow{}, collected: map[string]bool{}, forecasts: map[string]bool{}}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	w.follow()
	return w
}

// keys returns the keys with which the suite signs.
func (w *world) keys() event.Keys {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.accepted) == 0 {
		return event.NewKeys("", w.Key())
	}
	return event.NewKeys("", w.accepted...)
}

// follow reads the three streams in the background, through restarts of NATS.
func (w *world) follow() {
	b, err := w.OpenBus()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	for subject, read := range map[string]func([]byte){
		event.TypeDecisions: w.readDecisions, event.TypeWindows: w.readWindows, event.TypeForecasts: w.readForecasts,
	} {
		following.Go(func() { _ = b.Follow(ctx, subject, time.Hour, read) })
	}
	w.t.Cleanup(func() {
		cancel()
		following.Wait()
		b.Close()
	})
}

func (w *world) readDecisions(body []byte) {
	var d event.Decisions
	w.open(event.TypeDecisions, body, &d)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decisions = append(w.decisions, d.Decisions...)
}

func (w *world) readWindows(body []byte) {
	var batch event.Windows
	w.open(event.TypeWindows, body, &batch)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range batch.Windows {
		w.windows[f.Function] = f
		w.collected[at(f.Function, f.End())] = true
	}
}

func (w *world) readForecasts(body []byte) {
	var batch event.Forecasts
	w.open(event.TypeForecasts, body, &batch)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range batch.Forecasts {
		w.forecasts[at(f.Function, f.Origin)] = true
	}
}

func (w *world) open(typ string, body []byte, payload event.Payload) {
	if _, err := event.Open(w.keys(), typ, body, payload); err != nil {
		w.t.Errorf("a message in the stream does not open: %v", err)
	}
}

// decided returns the decisions for a function that satisfy keep.
func (w *world) decided(function string, keep func(event.Decision) bool) []event.Decision {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []event.Decision
	for _, d := range w.decisions {
		if d.Function == label(function) && keep(d) {
			out = append(out, d)
		}
	}
	return out
}

// seen returns the calls in the last window of a function.
func (w *world) seen(function string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := 0
	for _, c := range w.windows[label(function)].Counts {
		sum += int(max(0, c))
	}
	return sum
}

func at(function string, step int64) string { return fmt.Sprintf("%s@%d", function, step) }

func label(function string) string { return function + "." + gateway.Namespace }

// deploy deploys a workload function that may be scaled to zero. The idler does so after
// idle without a call.
func (w *world) deploy(name, mode string, idle time.Duration) {
	w.t.Helper()
	image, err := w.Image("workload")
	if err != nil {
		w.t.Fatal(err)
	}
	labels := map[string]string{"com.openfaas.scale.zero": "true", "com.openfaas.scale.zero-duration": idle.String()}
	annotations := map[string]string{"prewarm.mode": mode, "prewarm.cost-ratio": "0.2", "com.openfaas.health.http.path": "/_/health"}
	w.put(types.FunctionDeployment{Service: name, Image: image, Labels: &labels, Annotations: &annotations})
}

func (w *world) put(d types.FunctionDeployment) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Deploy(ctx, d); err != nil {
		w.t.Fatal(err)
	}
	if err := w.AwaitReady(ctx, d.Service); err != nil {
		w.t.Fatal(err)
	}
}

// call invokes a function and reports whether the call had to wait for a replica.
func (w *world) call(name string) (cold bool) {
	w.t.Helper()
	res := w.post("/function/"+name, "")
	if res.status != http.StatusOK {
		w.t.Fatalf("call of %s answered %d %s", name, res.status, res.body)
	}
	return res.header.Get("X-Cold-Start") == "true"
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (w *world) post(path, body string) answer {
	w.t.Helper()
	res, err := http.Post(w.GatewayURL()+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res.StatusCode, string(text), res.Header}
}

// replicas returns the ready and the desired replicas of a function.
func (w *world) replicas(name string) (ready, desired int) {
	w.t.Helper()
	f, err := w.Client().GetFunction(context.Background(), name, gateway.Namespace)
	if err != nil {
		w.t.Fatal(err)
	}
	return int(f.AvailableReplicas), int(f.Replicas)
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
