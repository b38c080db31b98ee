package scaler

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/prometheus/demand"
)

// watched is a world whose gateway shows calls in flight.
type watched struct {
	*world
	inFlight map[string]int
	err      error
}

// newWatched returns a world in mode active with some ready replicas. Its calls are decided,
// and their forecast is sure of what the replicas serve.
func newWatched(t *testing.T, replicas int) *watched {
	w := &watched{world: newWorld(t, openfaas.ModeActive), inFlight: map[string]int{}}
	w.deploy(name, replicas, openfaas.ModeActive)
	w.start()
	w.now = w.now.Truncate(time.Minute)
	w.step(int32(replicas), 0)
	w.look(0)
	return w
}

// start starts the scaler, and lets it look at the gateway.
func (w *watched) start() {
	w.restart()
	w.scaler.watch = &watch{interval: 2 * time.Second}
	w.scaler.watch.add("gateway", w.now, func(context.Context, time.Time, time.Time) (demand.Reading, error) {
		return demand.Reading{Process: 1, InFlight: w.inFlight}, w.err
	})
}

// step begins a step, whose forecast comes 3 s later and believes calls in flight at its origin.
func (w *watched) step(need int32, believed int) {
	w.t.Helper()
	w.now = w.now.Truncate(time.Minute).Add(time.Minute)
	w.look(w.inFlight[name])
	f := w.forecast(name, need)
	f.Concurrency, f.InFlight = 1, believed
	w.now = w.now.Add(3 * time.Second)
	w.post(w.seal(f), 200)
}

// look lets two seconds pass and looks at calls in flight.
func (w *watched) look(inFlight int) {
	w.now = w.now.Add(2 * time.Second)
	w.inFlight = map[string]int{name: inFlight}
	w.scaler.look(context.Background())
}

// ready makes all replicas of the function ready.
func (w *watched) ready() { w.functions[name].Available = w.functions[name].Replicas }

// Two replicas serve what was foreseen. Then seven calls come at once.
func TestABurstBetweenTwoStepsIsServedAtOnce(t *testing.T) {
	w := newWatched(t, 2)
	decided := len(w.decisions())
	w.look(2)
	w.expectCalls()
	w.look(7)
	w.expectCalls(name + "=7")
	d := w.last()
	if want := "7 calls in flight, 2 replicas, 2 ready: 7 needed; each serves 1 at a time"; d.Reason != want || len(w.decisions()) != decided+1 {
		t.Errorf("got %d decisions, the last because %q, want %q", len(w.decisions())-decided, d.Reason, want)
	}
	if d.Trigger != event.TriggerWatch || d.Step != w.now.Truncate(time.Minute).Unix() || d.Current != 2 || d.Applied != 7 || d.Observed != 7 || d.Inputs.NotReady != 5 {
		t.Errorf("got %+v", d)
	}
	w.look(7)
	w.look(3)
	w.expectCalls(name + "=7") // enough, and nothing is lowered
	w.look(9)
	w.expectCalls(name+"=7", name+"=9")
}

// The gateway answers when the next step has begun: the replicas are of that step.
func TestARaiseIsOfTheStepInWhichItsReplicasAppear(t *testing.T) {
	w := newWatched(t, 2)
	begin := w.now.Truncate(time.Minute)
	w.now, w.scaleTakes = begin.Add(57*time.Second), 4*time.Second
	w.look(7)
	if d := w.last(); d.Trigger != event.TriggerWatch || d.Step != begin.Unix()+60 || !d.Time.Equal(begin.Add(63*time.Second)) {
		t.Errorf("got %+v", d)
	}
}

// The forecast of the step comes after the burst, and does not know it. The next one does, and
// the one after that may release.
func TestTheDecisionsAfterABurstReleaseInTime(t *testing.T) {
	w := newWatched(t, 4)
	w.look(8)
	w.ready()
	w.step(4, 0)
	if d := w.last(); !d.OfStep() || d.Wanted != 8 || d.SetBack != nil || d.Inputs.Started != 0 {
		t.Errorf("the burst was in the last step: %+v", d)
	}
	w.step(4, 0)
	if d := w.last(); d.Wanted != 4 || d.SetBack != nil {
		t.Errorf("no burst since: %+v", d)
	}
	w.expectCalls(name+"=8", name+"=4")
}

// More functions have a burst at once than a message may have decisions. All raises are on record.
func TestABurstOfManyFunctionsIsOnRecord(t *testing.T) {
	w := newWatched(t, 1)
	const many = event.MaxBatch + 50
	burst := map[string]int{}
	for i := range many {
		fn := fmt.Sprintf("f%03d.openfaas-fn", i)
		w.deploy(fn, 1, openfaas.ModeActive)
		burst[fn] = 3
	}
	w.tick()
	for fn := range burst {
		w.post(w.seal(w.forecast(fn, 1)), 200)
	}
	w.look(0)
	w.now, w.inFlight = w.now.Add(2*time.Second), burst
	w.scaler.look(context.Background())
	raised := 0
	for _, d := range w.decisions() {
		if !d.OfStep() {
			raised++
		}
	}
	if len(w.calls) != many || raised != many {
		t.Errorf("%d functions were raised, and %d of them are on record; want %d", len(w.calls), raised, many)
	}
}

// The page of the gateway hangs, as behind a policy that drops packets. The store takes its place,
// in the look in which that shows and in those in which the page is not tried again.
func TestAPageThatHangsLeavesTheStore(t *testing.T) { synctest.Test(t, hangingPage) }

func hangingPage(t *testing.T) {
	w := newWatched(t, 2)
	w.scaler.watch.sources[0].read = func(ctx context.Context, _, _ time.Time) (demand.Reading, error) {
		<-ctx.Done()
		return demand.Reading{}, ctx.Err()
	}
	w.scaler.watch.add("store", w.now, func(ctx context.Context, _, _ time.Time) (demand.Reading, error) {
		return demand.Reading{InFlight: w.inFlight}, ctx.Err()
	})
	w.look(0)
	w.scaler.watch.sources[0].due = w.now
	w.look(5)
	w.expectCalls(name + "=5")
	w.look(8)
	w.expectCalls(name+"=5", name+"=8")
}

// A raise decides no step: that of its step is decided after it, and after a restart too.
func TestARaiseIsNotTheDecisionOfItsStep(t *testing.T) {
	w := newWatched(t, 2)
	w.tick()
	w.now = w.now.Truncate(time.Minute)
	w.look(6) // before the forecast of the step
	w.ready()
	w.start()
	f := w.forecast(name, 2)
	w.post(w.seal(f), 200)
	d := w.last()
	if !d.OfStep() || d.Wanted != 6 || d.SetBack != nil || d.Inputs.Started != 0 {
		t.Errorf("got %+v", d)
	}
	if w.scaler.state.functions[name].applied != 6 {
		t.Errorf("after the restart the raise is another controller's: %+v", w.scaler.state.functions[name].numbers)
	}
	w.expectCalls(name + "=6")
}

// Replicas that a call has started before the raise are started replicas all the same.
func TestWhatACallHasStartedIsCountedBesideARaise(t *testing.T) {
	w := newWatched(t, 0)
	w.functions[name].Replicas = 1 // by the gateway, for the first call
	w.look(3)
	w.expectCalls(name + "=3")
	w.ready()
	w.step(3, 0)
	if d := w.last(); d.Inputs.Started != 1 {
		t.Errorf("%d replicas appeared without prewarm, want 1", d.Inputs.Started)
	}
}

// Nothing is raised where prewarm may not act, or does not know.
func TestWhatIsNotRaised(t *testing.T) {
	for cause, spoil := range map[string]func(*watched){
		"the source cannot be read":       func(w *watched) { w.err = errors.New("connection refused") },
		"the suite is paused":             func(w *watched) { w.paused = true },
		"the operator's switch is unread": func(w *watched) { w.modesErr = errors.New("no answer") },
		"the mode is observe by now":      func(w *watched) { w.modes = map[string]event.Mode{name: {Function: name, Mode: "observe"}} },
		"the gateway is not listed":       func(w *watched) { w.listErr = errors.New("no answer") },
		"the function is full":            func(w *watched) { w.functions[name].Labels[openfaas.LabelMax] = "2" },
		"a batch has it in work":          func(w *watched) { w.scaler.state.reserved[name] = struct{}{} },
		"no forecast of it was seen":      func(w *watched) { w.scaler.state.functions[name].known = nil },
		"others have raised it already":   func(w *watched) { w.functions[name].Replicas = 7 },
	} {
		w := newWatched(t, 2)
		spoil(w)
		w.look(7)
		if len(w.calls) > 0 || !w.last().OfStep() {
			t.Errorf("%s: calls %v, %s", cause, w.calls, w.last().Reason)
		}
	}
	w := newWatched(t, 2)
	w.look(7)
	w.expectCalls(name + "=7")
}

// The community edition keeps five. It is asked once, and not again every two seconds.
func TestANumberThatIsBoundedIsAskedForOnce(t *testing.T) {
	w := newWatched(t, 2)
	w.most = 5
	w.look(8)
	w.look(8)
	w.expectCalls(name + "=8")
	w.step(8, 8)
	w.look(9)
	if d := w.last(); !d.OfStep() || d.Wanted != 5 {
		t.Errorf("the limit is learned in the next step: %+v", d)
	}
}

// A gateway that does not answer is asked again at the next look.
func TestARaiseThatFailedIsTriedAgain(t *testing.T) {
	w := newWatched(t, 2)
	w.gwErr = openfaas.ErrUnavailable
	w.look(4)
	w.gwErr = nil
	w.look(4)
	w.expectCalls(name + "=4")
	w.gwErr = openfaas.ErrRefused
	w.look(6)
	w.look(6)
	if d := w.last(); d.Applied != -1 || d.Trigger != event.TriggerWatch || len(w.decisions()) != 3 {
		t.Errorf("a refusal is recorded once: %d decisions, %+v", len(w.decisions()), d)
	}
}

// HPA and KEDA follow the wanted number: it rises, and prewarm makes no call.
func TestAnotherActuatorIsToldOfABurst(t *testing.T) {
	w := newWatched(t, 2)
	w.functions[name].Annotations[openfaas.AnnotationActuator] = "hpa"
	w.step(2, 0)
	w.look(5)
	w.look(5)
	if d := w.last(); d.OfStep() || d.Wanted != 5 || d.Applied != -1 {
		t.Errorf("got %+v", d)
	}
	w.expectCalls()
	if n := len(w.decisions()); n != 3 {
		t.Errorf("%d decisions, want one raise", n)
	}
}

// Four calls were lost an hour ago. The collector leaves them out, and the watch does so too.
func TestLostCallsRaiseNothing(t *testing.T) {
	w := newWatched(t, 2)
	w.inFlight = map[string]int{name: 4}
	w.step(1, 4)
	for range 4 {
		w.step(1, 0)
	}
	before := len(w.calls)
	w.functions[name].Replicas, w.functions[name].Available = 1, 1
	w.step(1, 0)
	w.look(4)
	w.look(5)
	if after := w.calls[before:]; len(after) != 0 {
		t.Errorf("raised for lost calls: %v", after)
	}
	w.look(6)
	if after := w.calls[before:]; len(after) != 1 || after[0] != name+"=2" {
		t.Errorf("two calls beside four lost ones need two replicas: %v", after)
	}
}

// A source that takes long is read less often, and steps of a second are looked at more often.
func TestLooksKeepToTheirCost(t *testing.T) {
	w := newWatched(t, 2)
	if got := w.scaler.watch.wait(); got != 2*time.Second {
		t.Errorf("steps of a minute: %v", got)
	}
	w.scaler.watch.step = time.Second
	if got := w.scaler.watch.wait(); got != 200*time.Millisecond {
		t.Errorf("steps of a second: %v", got)
	}
	reads := 0
	w.scaler.watch.sources[0].read = func(context.Context, time.Time, time.Time) (demand.Reading, error) {
		reads++
		return demand.Reading{}, nil
	}
	w.scaler.watch.sources[0].due = w.now.Add(5 * time.Second)
	for range 3 {
		w.look(0)
	}
	if reads != 1 {
		t.Errorf("read %d times, want once: after five seconds", reads)
	}
}
