package dashboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"prewarm/functions/dashboard/ledger"
	"prewarm/functions/dashboard/view"
	"prewarm/shared/event"
)

// Source is the message stream of the chain, its pause switch, and the modes that the
// operator has set.
type Source interface {
	// Follow passes every message of subject that is at most since old to fn, then
	// every new one, until ctx ends.
	Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error
	// Replay passes every message of subject that is at most since old to fn, and
	// returns after the last.
	Replay(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error
	// Health returns nil while the source is connected.
	Health(ctx context.Context) error
	// Paused returns the switch that pauses all scaling.
	Paused(ctx context.Context) (event.Pause, error)
	// SetPaused pauses or resumes all scaling.
	SetPaused(ctx context.Context, p event.Pause) error
	// Modes returns the modes that the operator has set, by function.
	Modes(ctx context.Context) (map[string]event.Mode, error)
	// SetMode sets the mode of a function.
	SetMode(ctx context.Context, mode event.Mode) error
	// ClearMode removes what SetMode has set.
	ClearMode(ctx context.Context, function string) error
}

// receiver verifies messages and adds them to the view. A message that it refuses
// is counted and never shown.
type receiver struct {
	keys    event.Keys
	clock   clock
	metrics *metrics
	log     *slog.Logger

	// Each adds one message to the view, or returns why it is refused.
	windows, forecasts, decisions func(body []byte) error

	// Refused messages, by reason.
	forged  atomic.Int64 // wrong signature
	foreign atomic.Int64 // of another cluster
	invalid atomic.Int64 // malformed
	ahead   aheadMessages
}

// clock is what a receiver knows of the time.
type clock struct {
	now    func() time.Time
	latest func() int64 // latest time that a message may be about, Unix seconds
	forget func()       // drops what is later
}

// newReceiver returns a receiver for messages that are signed with keys. The functions of
// the clock are called for each message.
func newReceiver(keys event.Keys, v *view.View, c clock, m *metrics, log *slog.Logger) *receiver {
	r := &receiver{keys: keys, clock: c, metrics: m, log: log}
	r.windows = opened(r, event.TypeWindows, v.AddWindows)
	r.forecasts = opened(r, event.TypeForecasts, v.AddForecasts)
	r.decisions = opened(r, event.TypeDecisions, v.AddDecisions)
	return r
}

// errPanic means that a valid message made the dashboard panic. The message stays in the
// stream, and would end every start if nothing caught the panic.
var errPanic = errors.New("a valid message made the dashboard panic")

// opened returns a function that opens a message of type typ and passes its step
// and payload to add. P is *T, so that a payload can be made.
//
// A message about the future is refused: it would count as the newest until then, and
// hide all that comes in between.
func opened[T any, P interface {
	*T
	event.Payload
}](r *receiver, typ string, add func(step int64, payload P)) func(body []byte) error {
	return func(body []byte) (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
			}
		}()
		payload := P(new(T))
		envelope, err := event.Open(r.keys, typ, body, payload)
		if err != nil {
			return err
		}
		if ahead := max(envelope.Step, latestOf(payload)) - r.clock.latest(); ahead > 0 {
			return aheadError{time.Duration(min(ahead, maxAhead)) * time.Second}
		}
		r.clock.forget()
		add(envelope.Step, payload)
		return nil
	}
}

// maxAhead bounds what is stated of a message that is ahead, in seconds: a century.
const maxAhead = 100 * 365 * 86400

// latestOf returns the latest time that a payload is about, in Unix seconds.
func latestOf(payload event.Payload) (latest int64) {
	switch p := payload.(type) {
	case *event.Windows:
		for i := range p.Windows {
			latest = max(latest, p.Windows[i].End())
		}
	case *event.Forecasts:
		for i := range p.Forecasts {
			latest = max(latest, p.Forecasts[i].Origin)
		}
	case *event.Decisions:
		for i := range p.Decisions {
			latest = max(latest, p.Decisions[i].Step)
		}
	}
	return latest
}

// follow adds the messages of the three subjects to the view until ctx ends. If
// one subject fails, the others go on.
func (r *receiver) follow(ctx context.Context, source Source, history time.Duration) {
	var group sync.WaitGroup
	// One goroutine per subject. The view is safe for concurrent use and orders
	// messages by their steps, so the subjects need no order among them.
	for subject, add := range map[string]func([]byte) error{
		event.TypeWindows: r.windows, event.TypeForecasts: r.forecasts, event.TypeDecisions: r.decisions,
	} {
		group.Go(func() {
			err := source.Follow(ctx, subject, history, func(body []byte) { r.count(subject, add(body)) })
			if err != nil && ctx.Err() == nil {
				r.log.Error("reading a subject failed", "subject", subject, "error", err)
			}
		})
	}
	group.Wait()
}

// followSavings adds decisions to the ledger until ctx ends. It reads further
// back than follow, which counts the refused messages.
func (r *receiver) followSavings(ctx context.Context, source Source, l *ledger.Ledger, history time.Duration) {
	add := opened(r, event.TypeDecisions, func(_ int64, batch *event.Decisions) { l.AddDecisions(batch) })
	err := source.Follow(ctx, event.TypeDecisions, history, func(body []byte) { _ = add(body) })
	if err != nil && ctx.Err() == nil {
		r.log.Error("reading decisions for the savings failed", "error", err)
	}
}

// count counts a message by the error that it was refused with, nil for none.
func (r *receiver) count(subject string, err error) {
	// The cases go from the specific to the general: whatever is nothing else is malformed.
	result := "shown"
	var ahead aheadError
	switch {
	case errors.Is(err, event.ErrSignature):
		result = "forged"
		r.forged.Add(1)
	case errors.Is(err, event.ErrAudience):
		result = "foreign"
		r.foreign.Add(1)
	case errors.As(err, &ahead):
		result = "ahead"
		r.ahead.add(r.clock.now(), ahead.by)
	case err != nil:
		result = "invalid"
		r.invalid.Add(1)
	}
	r.metrics.messages.WithLabelValues(subject, result).Inc()
	if err != nil {
		r.log.Warn("message refused", "subject", subject, "error", err)
	}
}
