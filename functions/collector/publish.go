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

// message is one sealed batch of windows.
type message struct {
	env  event.Envelope
	body []byte
}

// pending holds the messages of one step that are still to be sent. They are kept
// until they are sent, or until a newer step replaces them: its windows contain the
// older step too.
type pending struct {
	end       time.Time // of the step
	functions int       // in all messages of the step
	messages  []message
}

// done reports whether the step that ends at end is published. A later step does not
// imply it: the clock may have run ahead then and been set back since.
func (p *pending) done(end time.Time) bool { return len(p.messages) == 0 && p.end.Equal(end) }

// holds reports whether messages of the step that ends at end are still to be sent.
func (p *pending) holds(end time.Time) bool { return len(p.messages) > 0 && p.end.Equal(end) }

// prepare seals the windows of the functions in batches, sorted by name. The number
// of a batch is its id, so that the bus stores a step once if it is sent again.
func (c *Collector) prepare(end time.Time, functions []openfaas.Function) error {
	windows := c.windows(functions)
	next := pending{end: end, functions: len(windows)}
	for batch := range slices.Chunk(windows, c.cfg.Batch) {
		id := strconv.Itoa(len(next.messages))
		env, body, err := event.Seal(c.cfg.Key, event.TypeWindows, end.Unix(), id, &event.Windows{Windows: batch})
		if err != nil {
			return err
		}
		next.messages = append(next.messages, message{env, body})
	}
	// Set only after all batches are sealed, so that a step is pending as a whole or
	// not at all.
	c.pending = next
	return nil
}

// publish sends the pending messages and returns the number of windows of the step.
func (c *Collector) publish(ctx context.Context) (int, error) {
	for len(c.pending.messages) > 0 {
		m := c.pending.messages[0]
		if err := c.bus.Publish(ctx, m.env, m.body); err != nil {
			return 0, fmt.Errorf("%w: %w", errBus, err)
		}
		// Removed one by one: after an error the next tick continues with the
		// message that failed.
		c.pending.messages = c.pending.messages[1:]
	}
	return c.pending.functions, nil
}

// windows returns one window for each function that is not off, sorted by name. A
// function without data has one step, without data.
func (c *Collector) windows(functions []openfaas.Function) []event.FunctionWindow {
	out := make([]event.FunctionWindow, 0, len(functions))
	for _, f := range functions {
		if isOff(f) {
			continue
		}
		// One name that the messages do not allow must not keep its whole batch from
		// being sealed.
		if err := event.CheckFunction(f.Name); err != nil {
			c.warnOnce(f.Name, "name", f.Name, err)
			continue
		}
		w := c.cache.measured(f.Name)
		w.Concurrency, w.ReplicaModel = c.concurrency(f), c.replicaModel(f)
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b event.FunctionWindow) int { return strings.Compare(a.Function, b.Function) })
	// A gateway that lists a function twice would otherwise give it two windows, and
	// a batch with duplicates is refused.
	return slices.CompactFunc(out, func(a, b event.FunctionWindow) bool { return a.Function == b.Function })
}
