package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"prewarm/shared/openfaas"
	"prewarm/shared/tracing"
)

// Results of a tick, which are the values of the label result of the metrics.
const (
	resultPublished  = "published"
	resultNothingNew = "nothing_new"
	resultInProgress = "in_progress"
	resultStore      = "store_unavailable"
	resultGateway    = "gateway_unavailable"
	resultBus        = "bus_unavailable"
	resultError      = "error"
)

// Errors of a tick. Every error of run wraps one of them, or is a bug.
var (
	errStore      = errors.New("collector: store not available")
	errGateway    = errors.New("collector: gateway not available")
	errBus        = errors.New("collector: bus not available")
	errNothingNew = errors.New("collector: nothing new") // the step is already published
)

// Outcome is the result of a tick and the answer to its POST.
type Outcome struct {
	Result    string `json:"result"`
	Message   string `json:"message"`
	Step      int64  `json:"step"` // Unix seconds, end of the windows
	Functions int    `json:"functions"`
	code      int    // HTTP status
}

// tickOnce reads the store up to the last step that has ended and publishes the windows.
// After a failure nothing is lost; the next tick goes on from there. The caller holds c.tick.
func (c *Collector) tickOnce(ctx context.Context) Outcome {
	c.rest(ctx)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	// The clock is read once. All of the tick refers to this step, even if it runs
	// into the next one.
	c.ticked = c.settled()
	// If the store usually shows the scrapes of a step too late, the windows end earlier.
	end := c.ticked.Add(-time.Duration(c.cache.pace.behind(c.cfg.MaxWait, c.cfg.Step)) * c.cfg.Step)
	n, err := c.run(ctx, end)
	o := outcome(err)
	o.Step, o.Functions = end.Unix(), n
	if o.code >= http.StatusInternalServerError {
		c.failedAt = c.now()
	}
	c.report(o, err)
	return o
}

// run returns the number of published windows. If the store does not answer, the
// windows are published all the same, with their last steps unknown: every function
// then gets a decision to hold, with that reason, and the next tick fills the gap.
func (c *Collector) run(ctx context.Context, end time.Time) (int, error) {
	if !c.refresh() || c.pending.done(end) { // cron may call more than once per step
		return 0, errNothingNew
	}
	ctx, span := c.tracer.Start(ctx, tracing.Internal, "tick", c.tracer.Now(), attribute.Int64("prewarm.step", end.Unix()))
	n, err := c.advance(ctx, end)
	span.Set(attribute.Int("prewarm.functions", n))
	span.End(err)
	return n, err
}

// advance is run for a step that is not published.
func (c *Collector) advance(ctx context.Context, end time.Time) (int, error) {
	var unread error
	if !c.pending.holds(end) { // otherwise only the bus failed: send the rest
		functions, err := c.gateway.List(ctx)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errGateway, err)
		}
		// The error is kept for the end: see above.
		_, span := c.tracer.Start(ctx, tracing.Client, "read store", c.tracer.Now())
		unread = c.read(ctx, end, functions)
		span.End(unread)
		// After reading, so that a function that is gone but still has data keeps
		// its window.
		c.forget(functions)
		modes, err := c.bus.Modes(ctx)
		if err != nil {
			return 0, errors.Join(unread, fmt.Errorf("%w: %w", errBus, err))
		}
		c.pending = pending{end: end, functions: c.measurable(functions, modes)}
		if unread == nil {
			c.pending.queued = c.queued(ctx, functions)
		}
	}
	ctx, span := c.tracer.Start(ctx, tracing.Producer, "publish windows", c.tracer.Now())
	n, err := c.publish(ctx)
	span.Set(attribute.Int("prewarm.batches", c.pending.batches))
	span.End(err)
	return n, errors.Join(unread, err)
}

// forget drops what is known of functions that are no longer deployed.
func (c *Collector) forget(deployed []openfaas.Function) {
	listed := make(map[string]bool, len(deployed))
	for _, f := range deployed {
		listed[f.Name] = true
	}
	c.cache.forget(listed)
	maps.DeleteFunc(c.warned, func(v value, _ string) bool { return !listed[v.function] })
}

// lastStep returns the end of the last step that has ended at t.
func lastStep(t time.Time, step time.Duration) time.Time {
	// Steps are multiples of the step since the Unix epoch, so every instance and
	// every restart has the same grid.
	s := int64(step / time.Second)
	return time.Unix(t.Unix()/s*s, 0)
}

// outcome maps an error to an answer. The text names no address, since anyone may
// call a function; the log has the whole error.
func outcome(err error) Outcome {
	// The store comes first: if it did not answer and the bus failed too, the store
	// is named.
	for _, known := range []struct {
		err    error
		result string
	}{{errStore, resultStore}, {errGateway, resultGateway}, {errBus, resultBus}} {
		if errors.Is(err, known.err) {
			return Outcome{Result: known.result, Message: known.err.Error(), code: http.StatusServiceUnavailable}
		}
	}
	switch {
	case err == nil:
		return Outcome{Result: resultPublished, Message: "windows published", code: http.StatusOK}
	case errors.Is(err, errNothingNew):
		return Outcome{Result: resultNothingNew, Message: "nothing new", code: http.StatusOK}
	}
	return Outcome{Result: resultError, Message: "internal error", code: http.StatusInternalServerError}
}
