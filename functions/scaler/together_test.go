package scaler

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// busy is a gateway whose scale calls take a second. It counts those that run at a time.
type busy struct {
	*world
	mu            sync.Mutex
	running, most int
}

func (b *busy) Scale(ctx context.Context, name string, n int) error {
	b.count(1)
	time.Sleep(time.Second)
	b.count(-1)
	return b.world.Scale(ctx, name, n)
}

func (b *busy) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running += n
	b.most = max(b.most, b.running)
}

// postAll posts bodies at the same time, and returns the answers.
func (w *world) postAll(bodies ...[]byte) []int {
	answers := make([]int, len(bodies))
	var group sync.WaitGroup
	for i, body := range bodies {
		group.Go(func() {
			req := handler.Request{Method: http.MethodPost, Body: body}
			req.WithContext(context.Background())
			res, _ := w.scaler.Handle(req)
			answers[i] = res.StatusCode
		})
	}
	group.Wait()
	return answers
}

// The sender gives up and delivers the batch again, several times, while the first delivery
// still waits for the gateway.
func TestABatchThatIsDeliveredAgainWhileInWorkIsDecidedOnce(t *testing.T) {
	synctest.Test(t, deliveredWhileInWork)
}

func deliveredWhileInWork(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.scaler.gateway = &busy{world: w}
	body := w.seal(w.forecast(name, 2))
	answers := w.postAll(body, body, body)
	slices.Sort(answers)
	if !slices.Equal(answers, []int{200, 409, 409}) {
		t.Errorf("answered %v", answers)
	}
	w.expectCalls(name + "=2")
	if n := len(w.decisions()); n != 1 {
		t.Errorf("%d decisions", n)
	}
}

// Two batches have a function in common, made of different data. The common step is decided once.
func TestBatchesWithACommonFunctionDecideItOnce(t *testing.T) {
	synctest.Test(t, commonFunction)
}

func commonFunction(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	w.scaler.gateway = &busy{world: w}
	w.postAll(w.seal(w.forecast(name, 2)), w.seal(w.trueForecast(2), w.forecast("other.openfaas-fn", 1)))
	slices.Sort(w.calls)
	w.expectCalls(name+"=2", "other.openfaas-fn=1")
}

// Four batches of eight functions each: their calls take four seconds together, as many as if
// they were one batch, and no more than maxCalls run at a time.
func TestBatchesShareTheCallsOfTheGateway(t *testing.T) { synctest.Test(t, sharedCalls) }

func sharedCalls(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	b := &busy{world: w}
	w.scaler.gateway = b
	_, names := w.fleet(4 * maxCalls)
	var bodies [][]byte
	for part := range slices.Chunk(names, maxCalls) {
		var fs []event.Forecast
		for _, name := range part {
			fs = append(fs, w.forecast(name, 1))
		}
		bodies = append(bodies, w.seal(fs...))
	}
	begin := time.Now()
	for i, answer := range w.postAll(bodies...) {
		if answer != 200 {
			t.Errorf("batch %d was answered %d", i, answer)
		}
	}
	if took := time.Since(begin).Round(time.Second); took != 4*time.Second || b.most != maxCalls {
		t.Errorf("the batches took %v, with up to %d calls at a time", took, b.most)
	}
	if n := len(w.decisions()); n != len(names) {
		t.Errorf("%d decisions, want %d", n, len(names))
	}
}

// NATS does not acknowledge the decisions of one batch for a while. Another batch is decided
// and scales meanwhile.
func TestASlowAcknowledgementHoldsUpNoScaleCall(t *testing.T) { synctest.Test(t, slowAcknowledgement) }

func slowAcknowledgement(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	w.scaler.bus = &slowBus{world: w}
	var group sync.WaitGroup
	for _, fn := range []string{name, "other.openfaas-fn"} {
		body := w.seal(w.forecast(fn, 1))
		group.Go(func() { w.postAll(body) })
	}
	synctest.Wait()
	if len(w.calls) != 2 {
		t.Errorf("scale calls before the first acknowledgement: %v", w.calls)
	}
	group.Wait()
	if n := len(w.decisions()); n != 2 {
		t.Errorf("%d decisions", n)
	}
}

// NATS is there and stores nothing, as with a full disk. The batches of a tick wait for it
// together, and not one after the other: the next step finds their functions free.
func TestANATSThatStoresNothingHoldsAllBatchesUpTogether(t *testing.T) { synctest.Test(t, silentNATS) }

func silentNATS(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	var bodies [][]byte
	_, names := w.fleet(10)
	for _, fn := range names {
		bodies = append(bodies, w.seal(w.forecast(fn, 1)))
	}
	w.pubErr, w.scaler.bus = bus.ErrUnavailable, &slowBus{world: w}
	begin := time.Now()
	for i, answer := range w.postAll(bodies...) {
		if answer != http.StatusServiceUnavailable {
			t.Errorf("batch %d was answered %d", i, answer)
		}
	}
	if took := time.Since(begin); took > 2*time.Minute {
		t.Errorf("ten batches took %v, want at most two attempts of a minute", took)
	}
	w.pubErr, w.scaler.bus = nil, w
	w.postAll(bodies[0])
	if n := len(w.decisions()); n != len(bodies) {
		t.Errorf("%d decisions are on record, want %d", n, len(bodies))
	}
}

// slowBus acknowledges after a minute.
type slowBus struct{ *world }

func (b *slowBus) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	time.Sleep(time.Minute)
	return b.world.Publish(ctx, env, body)
}

// The gateway never shows the number of one function. Its polls hold up no other batch.
func TestALongReadBackHoldsUpNoOtherBatch(t *testing.T) { synctest.Test(t, longReadBack) }

func longReadBack(t *testing.T) {
	w := newWorld(t, openfaas.ModeActive)
	w.deploy("other.openfaas-fn", 0, openfaas.ModeActive)
	w.most, w.scaler.cfg.ReadinessPoll = 5, time.Minute
	var group sync.WaitGroup
	body := w.seal(w.forecast(name, 9))
	group.Go(func() { w.postAll(body) })
	synctest.Wait() // it waits for the second answer
	begin := time.Now()
	w.post(w.seal(w.forecast("other.openfaas-fn", 1)), 200)
	if took := time.Since(begin); took != 0 {
		t.Errorf("the other batch took %v", took)
	}
	group.Wait()
	w.expectCalls(name+"=9", "other.openfaas-fn=1")
	if d := w.last(); d.Function != name || d.Applied != 9 || d.Observed != 5 {
		t.Errorf("got %+v", d)
	}
}
