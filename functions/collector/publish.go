package collector

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// message is one sealed batch.
type message struct {
	env  event.Envelope
	body []byte
}

// pending is the publication of one step: what is left of it to be sent. It is
// kept until it is sent or a newer step takes its place, whose windows hold the
// older step too.
type pending struct {
	end       time.Time
	functions int
	messages  []message
}

// done reports whether the step that ends at end is published. A later one says
// nothing of it: it may come from a clock that ran ahead and was set back.
func (p *pending) done(end time.Time) bool { return len(p.messages) == 0 && p.end.Equal(end) }

// holds reports whether the messages of the step that ends at end are waiting.
func (p *pending) holds(end time.Time) bool { return len(p.messages) > 0 && p.end.Equal(end) }

// prepare seals the windows of the functions in batches, sorted by name. The
// number of a batch is its id, so that the same step has the same ids.
func (c *Collector) prepare(end time.Time, functions []openfaas.Function) error {
	windows := c.windows(functions)
	next := pending{end: end, functions: len(windows)}
	for batch := range slices.Chunk(windows, c.cfg.batch) {
		id := strconv.Itoa(len(next.messages))
		env, body, err := event.Seal(c.cfg.key, event.TypeWindows, end.Unix(), id, &event.Windows{Windows: batch})
		if err != nil {
			return err
		}
		next.messages = append(next.messages, message{env, body})
	}
	c.pending = next
	return nil
}

// publish sends what is pending and returns the number of windows of its step.
func (c *Collector) publish(ctx context.Context) (int, error) {
	for len(c.pending.messages) > 0 {
		m := c.pending.messages[0]
		if err := c.bus.Publish(ctx, m.env, m.body); err != nil {
			return 0, fmt.Errorf("%w: %w", errBus, err)
		}
		c.pending.messages = c.pending.messages[1:]
	}
	return c.pending.functions, nil
}

// windows returns a window for each function that is not switched off, sorted
// by name. A function of which nothing is known has one step without data.
func (c *Collector) windows(functions []openfaas.Function) []event.FunctionWindow {
	out := make([]event.FunctionWindow, 0, len(functions))
	for _, f := range functions {
		if switchedOff(f) {
			continue
		}
		if err := event.CheckFunction(f.Name); err != nil {
			c.warnOnce(f.Name, "name", f.Name, err)
			continue
		}
		w := event.FunctionWindow{Function: f.Name, Concurrency: c.concurrency(f), ReplicaModel: c.replicaModel(f)}
		w.Window, w.InFlight = c.past.window(f.Name)
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b event.FunctionWindow) int { return strings.Compare(a.Function, b.Function) })
	return slices.CompactFunc(out, func(a, b event.FunctionWindow) bool { return a.Function == b.Function })
}
