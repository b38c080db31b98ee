package scaler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// silent is a gateway that never answers scale calls. Its client gives up after timeout,
// or with its caller if that is 0. Tests with it run on a clock that advances when all
// wait, so that nothing else takes time.
type silent struct {
	*world
	timeout time.Duration
}

func (h silent) Scale(ctx context.Context, _ string, _ int) error {
	if h.timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, h.timeout)
		defer cancel()
		ctx = bounded
	}
	<-ctx.Done()
	return openfaas.ErrTimeout
}

func TestABatchIsAnsweredWithoutAnAnswerOfTheGateway(t *testing.T) {
	synctest.Test(t, batchWithoutAnAnswer)
}

func batchWithoutAnAnswer(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("watched.openfaas-fn", 0, openfaas.ModeObserve)
	w.scaler.gateway, w.scaler.cfg.Timeout = silent{world: w}, time.Millisecond
	body := w.seal(w.forecast(name, 2), w.forecast("watched.openfaas-fn", 1))
	w.post(body, 503)
	if d := w.last(); d.Function != "watched.openfaas-fn" {
		t.Errorf("the function without a scale call must be decided and published, got %+v", d)
	}
	w.scaler.gateway = w
	w.post(body, 200)
	w.expectCalls(name + "=2")
}

// partlySilent is a gateway that does not answer the scale calls of some functions. It
// counts the calls that run at the same time.
type partlySilent struct {
	silent
	names []string

	mu                   sync.Mutex
	running, most, tried int
}

func (k *partlySilent) Scale(ctx context.Context, name string, n int) error {
	k.count(1)
	defer k.count(-1)
	if slices.Contains(k.names, name) {
		return k.silent.Scale(ctx, name, n)
	}
	return k.world.Scale(ctx, name, n)
}

func (k *partlySilent) count(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running += n
	k.tried += max(n, 0)
	k.most = max(k.most, k.running)
}

// fleet deploys n functions and returns a sealed batch that warms all of them.
func (w *world) fleet(n int) (body []byte, names []string) {
	var fs []event.Forecast
	for i := range n {
		f := w.forecast(fmt.Sprintf("f%02d.openfaas-fn", i), 1)
		w.deploy(f.Function, 0, openfaas.ModeActive)
		fs, names = append(fs, f), append(names, f.Function)
	}
	return w.seal(fs...), names
}

func TestAFunctionWithoutAnAnswerHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, functionWithoutAnAnswer)
}

func functionWithoutAnAnswer(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body, names := w.fleet(3*maxCalls + 1)
	k := &partlySilent{silent: silent{world: w}, names: []string{names[0], names[5]}}
	w.scaler.gateway, w.scaler.cfg.Timeout = k, 2*time.Second
	w.post(body, 503)
	if n := len(w.decisions()); n != len(names)-2 {
		t.Errorf("%d functions of the batch are scaled and published, want all %d but two", n, len(names))
	}
	for _, d := range w.decisions() {
		if d.Applied != 1 || d.Observed != 1 {
			t.Errorf("%s: applied %d, observed %d, want 1: there must be time left to read back", d.Function, d.Applied, d.Observed)
		}
	}
	if k.most > maxCalls || k.most < 2 {
		t.Errorf("%d calls ran at the same time, want 2 to %d", k.most, maxCalls)
	}
	k.names, w.calls = nil, nil
	w.post(body, 200)
	slices.Sort(w.calls)
	w.expectCalls(names[0]+"=1", names[5]+"=1")
}

// The batch has three rounds of calls. Without an answer in the first round, the others
// are not tried: each would take its share of the time, or the timeout of the client.
func TestCallsAreNotTriedAfterARoundWithoutAnAnswer(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Millisecond} {
		t.Run(timeout.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { roundWithoutAnAnswer(t, timeout) })
		})
	}
}

// roundWithoutAnAnswer posts to a gateway whose client has the given timeout.
func roundWithoutAnAnswer(t *testing.T, timeout time.Duration) {
	w := newWorld(t, openfaas.ModeActive)
	body, names := w.fleet(3 * maxCalls)
	k := &partlySilent{silent: silent{world: w, timeout: timeout}, names: names}
	w.scaler.gateway, w.scaler.cfg.Timeout = k, 100*time.Millisecond+10_000*timeout
	if text := w.post(body, 503); k.tried > maxCalls || !strings.Contains(text, "scale "+names[23]+" to 1: gateway: not available: not tried, none of the calls before it was answered") {
		t.Errorf("%d calls were tried, want at most the first %d; answered %q", k.tried, maxCalls, text)
	}
	k.names = nil
	w.post(body, 200)
	if len(w.calls) != len(names) {
		t.Errorf("%d functions are scaled after the gateway answers again, want %d", len(w.calls), len(names))
	}
}

// The first calls of the batch get no answer, so many that the gateway as a whole seems not
// to answer. When the batch is delivered again, the other functions are called first.
func TestFunctionsWithoutAnAnswerComeLast(t *testing.T) { synctest.Test(t, functionsWithoutAnAnswer) }

func functionsWithoutAnAnswer(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	body, names := w.fleet(3 * maxCalls)
	k := &partlySilent{silent: silent{world: w}, names: names[:maxCalls]}
	w.scaler.gateway, w.scaler.cfg.Timeout = k, 2*time.Second
	w.post(body, 503)
	w.expectCalls()
	w.post(body, 503)
	slices.Sort(w.calls)
	if want := len(names) - maxCalls; len(w.calls) != want || w.calls[0] != names[maxCalls]+"=1" {
		t.Errorf("scale calls %v, want those of all %d others", w.calls, want)
	}
}

func TestCallsWithoutAnAnswerLeaveTimeToReadBack(t *testing.T) {
	for n, rounds := range map[int]time.Duration{0: 0, 1: 1, maxCalls: 1, maxCalls + 1: 2, 50: 7} {
		s := &Scaler{cfg: Config{Timeout: 20 * time.Second}}
		if all := rounds * s.callTimeout(n); all >= s.cfg.Timeout {
			t.Errorf("%d calls may take %v, which leaves nothing of %v", n, all, s.cfg.Timeout)
		}
	}
}
