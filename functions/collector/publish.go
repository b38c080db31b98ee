package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
	"prewarm/shared/series"
)

// message is one sealed batch of windows.
type message struct {
	env  event.Envelope
	body []byte
}

// pending is the functions of one step whose windows are to be sent, in batches. It is
// kept until all are sent, or until a newer step replaces it: its windows contain the older
// step too. The windows themselves stay in the cache, which changes with the next step
// only.
type pending struct {
	end       time.Time // of the step
	functions []openfaas.Function
	queued    map[string]int // asynchronous calls that wait, by function
	sent      int            // of functions
	batches   int            // that were sent
}

// done reports whether the step that ends at end is published. A later step does not
// imply it: the clock may have run ahead then and been set back since.
func (p *pending) done(end time.Time) bool { return p.sent == len(p.functions) && p.end.Equal(end) }

// holds reports whether windows of the step that ends at end are still to be sent.
func (p *pending) holds(end time.Time) bool { return p.sent < len(p.functions) && p.end.Equal(end) }

// publish sends the pending windows in batches and returns the number of windows of the
// step. Batches are sealed one by one, since all of them together would take more memory
// than the cache.
func (c *Collector) publish(ctx context.Context) (int, error) {
	p := &c.pending
	for p.sent < len(p.functions) {
		batch := c.shards.batch(p.functions[p.sent:], c.cfg.Batch)
		m, err := c.seal(batch)
		for errors.Is(err, event.ErrTooLarge) && len(batch) > 1 {
			batch = batch[:len(batch)/2]
			m, err = c.seal(batch)
		}
		if err != nil {
			return 0, err
		}
		m.env.Trace = c.tracer.Of(ctx) // of all batches: a span for each would be a hundred
		if err := c.send(ctx, m, c.shards.of(batch[0].Name)); err != nil {
			return 0, fmt.Errorf("%w: %w", errBus, err)
		}
		// Counted one by one: after an error the next tick continues with the batch
		// that failed.
		p.sent, p.batches = p.sent+len(batch), p.batches+1
	}
	return len(p.functions), nil
}

// seal returns the windows of the next batch. The number of the batch is its id, so that the
// bus stores a step once if it is sent again.
func (c *Collector) seal(functions []openfaas.Function) (message, error) {
	windows := make([]event.FunctionWindow, len(functions))
	for i, f := range functions {
		windows[i] = c.cache.measured(f.Name)
		windows[i].ReplicaModel = c.replicaModel(f)
		windows[i].Queued = c.pending.queued[f.Name]
		c.describe(&windows[i], f)
	}
	id, step := c.shards.batchID(c.pending.batches, c.shards.of(functions[0].Name)), c.pending.end.Unix()
	env, body, err := event.Seal(c.cfg.Keys, event.TypeWindows, step, id, &event.Windows{Windows: windows})
	if errors.Is(err, event.ErrPayload) { // sealing has checked all of them, and stops at the first
		for i := range windows {
			c.checkWindow(&windows[i])
		}
		env, body, err = event.Seal(c.cfg.Keys, event.TypeWindows, step, id, &event.Windows{Windows: windows})
	}
	return message{env, body}, err
}

// checkWindow replaces a window that the messages do not allow by one without data: one
// function must not keep its whole batch from being sent. The scaler then holds it.
func (c *Collector) checkWindow(w *event.FunctionWindow) {
	err := w.Check()
	if err == nil {
		return
	}
	c.metrics.invalid.Inc()
	c.warnOnce(w.Function, "window", err.Error(), fmt.Errorf("its window is not valid: %w", err))
	step := int(c.cache.step / 1000)
	*w = event.FunctionWindow{
		Function: w.Function, InFlight: -1, Peak: -1, Concurrency: 1, Note: fmt.Sprintf("the window is not valid: %.150v", err),
		Window: series.Window{StepSeconds: step, Start: c.pending.end.Unix() - int64(step), Counts: []int32{series.NoData}},
	}
}

// measurable returns the functions that get a window: those of its shards that are not off,
// sorted by shard and, within it, those first that were called last. Batches are forecast and
// decided one after the other, so that a function that is called waits for few that sleep.
func (c *Collector) measurable(functions []openfaas.Function, modes map[string]event.Mode) []openfaas.Function {
	out := make([]openfaas.Function, 0, len(functions))
	for _, f := range functions {
		if isOff(f, modes) || !c.shards.owns(f.Name) {
			continue
		}
		// One name that the messages do not allow must not keep its whole batch from
		// being sealed.
		if err := event.CheckFunction(f.Name); err != nil {
			c.warnOnce(f.Name, "name", f.Name, err)
			continue
		}
		out = append(out, f)
	}
	called := make(map[string]int, len(out))
	for _, f := range out {
		called[f.Name] = c.cache.lastCalled(f.Name)
	}
	slices.SortFunc(out, func(a, b openfaas.Function) int {
		return cmp.Or(cmp.Compare(c.shards.of(a.Name), c.shards.of(b.Name)),
			cmp.Compare(called[b.Name], called[a.Name]), strings.Compare(a.Name, b.Name))
	})
	// A gateway that lists a function twice would otherwise give it two windows, and
	// a batch with duplicates is refused.
	return slices.CompactFunc(out, func(a, b openfaas.Function) bool { return a.Name == b.Name })
}
