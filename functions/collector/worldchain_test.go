package collector

import (
	"context"
	"slices"
	"strconv"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// List is the gateway.
func (w *world) List(context.Context) ([]openfaas.Function, error) {
	if w.gatewayDown {
		return nil, errFake
	}
	var out []openfaas.Function
	for name, texts := range w.deployed {
		out = append(out, openfaas.Function{Name: name, Annotations: texts, Labels: texts})
	}
	return out, nil
}

// Publish is the bus.
func (w *world) Publish(_ context.Context, env event.Envelope, body []byte) error {
	if w.busFailures > 0 {
		w.busFailures--
		return errFake
	}
	w.sent = append(w.sent, message{env, body})
	return nil
}

// Modes is the bus.
func (w *world) Modes(context.Context) (map[string]event.Mode, error) { return w.modes, w.modesErr }

// tick runs a tick and fails unless it has the result.
func (w *world) tick(c *Collector, result string) Outcome {
	w.t.Helper()
	o := w.run(c)
	if o.Result != result {
		w.t.Fatalf("at %v: got %+v, want %s", w.now.Unix(), o, result)
	}
	return o
}

// last opens the last message and returns its window of fn.
func (w *world) last(fn string) *event.FunctionWindow {
	w.t.Helper()
	if len(w.sent) == 0 {
		w.t.Fatal("nothing was published")
	}
	m := w.sent[len(w.sent)-1]
	var got event.Windows
	env, err := event.Open(testKeys, event.TypeWindows, m.body, &got)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, f := range got.Windows {
		if f.End() != env.Step {
			w.t.Errorf("%s ends at %d, the step at %d", f.Function, f.End(), env.Step)
		}
		if f.Function == fn {
			return &got.Windows[i]
		}
	}
	return nil
}

// counts fails unless the last steps of fn are want.
func (w *world) counts(fn string, want ...int32) {
	w.t.Helper()
	f := w.last(fn)
	if f == nil {
		w.t.Fatalf("%s has no window", fn)
	}
	if got := f.Tail(len(want)).Counts; !slices.Equal(got, want) {
		w.t.Errorf("%s: got %v, want %v", fn, got, want)
	}
}

// total returns the calls of the window.
func total(f *event.FunctionWindow) (n int) {
	for _, c := range f.Counts {
		if c != series.NoData {
			n += int(c)
		}
	}
	return n
}

func names(n int) (out []string) {
	for i := range n {
		out = append(out, "fn-"+strconv.Itoa(i)+".openfaas-fn")
	}
	return out
}
