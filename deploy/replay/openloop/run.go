package openloop

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// Run replays o.Trace and returns the measurements. When ctx ends, no further call is
// sent, calls in progress get o.Drain, and the report of the measurements so far is
// returned with Interrupted set and no error. The error names an option that is out of
// bounds.
func Run(ctx context.Context, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if owned, ok := o.Transport.(*http.Transport); ok {
		defer owned.CloseIdleConnections()
	}
	r := &run{options: o, results: newCallResults(len(o.Deployed)), slots: make(chan struct{}, o.MaxInFlight)}
	// A failed scrape does not end the run: latencies are measured without it.
	before, scrapeErr := readCounters(ctx, o)
	r.start = time.Now()
	interrupted := r.replay(ctx) != nil
	wall := time.Since(r.start)
	// The counters are needed after an interrupt too.
	after, err := readCounters(context.WithoutCancel(ctx), o)
	return r.report(wall, interrupted, before, after, cmp.Or(scrapeErr, err)), nil
}

// run is one replay in progress.
type run struct {
	options Options
	results *callResults
	start   time.Time
	slots   chan struct{} // a slot for each call in progress
	calls   sync.WaitGroup
}

// replay sends all calls and waits for their answers. After the end of ctx it sends no
// further call, waits for at most Drain, and returns the error of ctx.
func (r *run) replay(ctx context.Context) error {
	// Two contexts: the end of ctx stops the sending, that of calling the calls in progress.
	calling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	err := r.sendAll(ctx, calling)
	if err != nil {
		end := time.AfterFunc(r.options.Drain, cancel)
		defer end.Stop()
	}
	r.calls.Wait()
	return err
}

// sendAll sends the calls minute by minute, each when it is due. It ends with the last
// minute or with ctx. The calls themselves end with calling.
func (r *run) sendAll(ctx, calling context.Context) error {
	for m := range r.options.Plan.Minutes {
		for _, call := range r.options.Plan.minute(r.options.Trace, m) {
			due := r.wallTime(call.Due)
			if err := sleepUntil(ctx, due); err != nil {
				return err
			}
			r.dispatch(calling, call.Function, due)
		}
		// The minute passes in full, so that every run of a plan takes the same time.
		if err := sleepUntil(ctx, r.wallTime(time.Duration(m+1)*time.Minute)); err != nil {
			return err
		}
		if r.options.Minute != nil {
			r.options.Minute()
		}
	}
	return nil
}

// wallTime converts a time of the trace to a time on the clock.
func (r *run) wallTime(inTrace time.Duration) time.Time {
	return r.start.Add(time.Duration(float64(inTrace) / r.options.Speed))
}

// dispatch starts a call, or drops it if too many are in progress.
func (r *run) dispatch(ctx context.Context, function int, due time.Time) {
	select {
	case r.slots <- struct{}{}:
	default:
		r.results.drop(function)
		return
	}
	r.calls.Go(func() {
		defer func() { <-r.slots }()
		r.results.add(function, r.call(ctx, function, due))
	})
}

// sleepUntil waits until t or until ctx ends, and returns the error of ctx.
func sleepUntil(ctx context.Context, t time.Time) error {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
