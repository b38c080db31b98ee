package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	handler "github.com/openfaas/templates-sdk/go-http"

	"prewarm/shared/openfaas"
)

// What a tick fails with; errors wrap one of them.
var (
	errStore   = errors.New("collector: store not available")
	errGateway = errors.New("collector: gateway not available")
	errBus     = errors.New("collector: bus not available")
)

// Results of a tick, also the values of the label result.
const (
	resultPublished  = "published"
	resultNothingNew = "nothing_new"
	resultInProgress = "in_progress"
	resultStore      = "store_unavailable"
	resultGateway    = "gateway_unavailable"
	resultBus        = "bus_unavailable"
	resultError      = "error"
)

// Outcome is what came of a tick.
type Outcome struct {
	Result    string `json:"result"`
	Message   string `json:"message"`
	Step      int64  `json:"step"` // Unix seconds, end of the windows
	Functions int    `json:"functions"`
	code      int
}

func (o Outcome) response() handler.Response { return reply(o.code, o) }

// Tick brings the cache up to the last complete step and publishes it. A tick
// that meets another one does nothing, since cron does not wait for its calls.
// After a failure nothing is forgotten: the next tick goes on from there.
func (c *Collector) Tick(ctx context.Context) Outcome {
	if !c.tick.TryLock() {
		c.metrics.ticks.WithLabelValues(resultInProgress).Inc()
		return Outcome{Result: resultInProgress, Message: "tick in progress", code: http.StatusAccepted}
	}
	defer c.tick.Unlock()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.timeout)
	defer cancel()
	end := lastStep(c.now().Add(-c.cfg.settle), c.cfg.step)
	n, err := c.run(ctx, end)
	o := outcome(err)
	o.Step, o.Functions = end.Unix(), n
	c.report(o, err)
	return o
}

// errNothingNew means that the step is already published.
var errNothingNew = errors.New("collector: nothing new")

// run returns the number of published windows. Where the store does not answer
// the windows are published all the same, with their last steps unknown: so
// every function gets a decision to hold, with that reason, and the next tick
// fills the hole.
func (c *Collector) run(ctx context.Context, end time.Time) (int, error) {
	if c.pending.done(end) {
		return 0, errNothingNew
	}
	var unread error
	if !c.pending.holds(end) {
		functions, err := c.lister.List(ctx)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errGateway, err)
		}
		unread = c.read(ctx, end)
		c.forget(functions)
		if err := c.prepare(end, functions); err != nil {
			return 0, err
		}
	}
	n, err := c.publish(ctx)
	return n, errors.Join(unread, err)
}

// forget drops what is not deployed any more.
func (c *Collector) forget(deployed []openfaas.Function) {
	listed := make(map[string]bool, len(deployed))
	for _, f := range deployed {
		listed[f.Name] = true
	}
	c.past.forget(listed)
	maps.DeleteFunc(c.warned, func(v value, _ string) bool { return !listed[v.function] })
}

// read brings the cache up to end. It leaves time to publish what is known.
func (c *Collector) read(ctx context.Context, end time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.timeout*3/4)
	defer cancel()
	if err := c.past.catchUp(ctx, timed{c.store, c.metrics}, end.UnixMilli()); err != nil {
		return fmt.Errorf("%w: %w", errStore, err)
	}
	return nil
}

// lastStep returns the end of the last step that is complete at t.
func lastStep(t time.Time, step time.Duration) time.Time {
	s := int64(step / time.Second)
	return time.Unix(t.Unix()/s*s, 0)
}

// outcome maps an error to an answer. Its text names no address, since anyone
// may call a function; the log has the whole error.
func outcome(err error) Outcome {
	switch {
	case err == nil:
		return Outcome{Result: resultPublished, Message: "windows published", code: http.StatusOK}
	case errors.Is(err, errNothingNew):
		return Outcome{Result: resultNothingNew, Message: "nothing new", code: http.StatusOK}
	case errors.Is(err, errStore):
		return Outcome{Result: resultStore, Message: errStore.Error(), code: http.StatusServiceUnavailable}
	case errors.Is(err, errGateway):
		return Outcome{Result: resultGateway, Message: errGateway.Error(), code: http.StatusServiceUnavailable}
	case errors.Is(err, errBus):
		return Outcome{Result: resultBus, Message: errBus.Error(), code: http.StatusServiceUnavailable}
	}
	return Outcome{Result: resultError, Message: "internal error", code: http.StatusInternalServerError}
}
