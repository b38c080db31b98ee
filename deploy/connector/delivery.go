package connector

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ackTimeout bounds the wait for one confirmation of the server.
const ackTimeout = 2 * time.Second

// delivery calls the functions of a message and settles it: acknowledged, returned
// to the stream for a retry, or stored as a dead letter.
type delivery struct {
	config    Config
	log       *slog.Logger
	metrics   *metrics
	random    func() float64
	directory *directory
	settled   *settledCache
	caller    *caller
	dead      *deadLetterStore
}

// attempt is one try of one message.
type attempt struct {
	msg     jetstream.Msg
	meta    *jetstream.MsgMetadata
	id      messageID
	settled map[string]result // the functions that need no further try
}

// try returns the number of the attempt, from 1, counted by the server over all
// connectors and restarts.
func (a *attempt) try() uint64 { return a.meta.NumDelivered }

// deliver makes one try of one message and settles it. If ctx ends before the
// functions answered, deliver returns the message to the stream at once, also
// after the last try: the connector stopped, the function did not fail.
func (d *delivery) deliver(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		d.log.Error("not a JetStream message", "error", err)
		return
	}
	id := messageID{stream: meta.Stream, sequence: meta.Sequence.Stream, stored: meta.Timestamp}
	a := &attempt{msg: msg, meta: meta, id: id, settled: d.settled.get(id)}
	stop := d.keepAlive(msg)
	defer stop()
	functions := d.directory.functionsFor(msg.Subject())
	if len(functions) == 0 {
		d.retry(a, "no function has the subject as topic")
		return
	}
	missed := d.callAll(ctx, a, functions)
	if ctx.Err() != nil && slices.ContainsFunc(missed, func(r response) bool { return r.result == failed }) {
		d.handBack(a)
		return
	}
	d.settle(ctx, a, missed)
}

// keepAlive reports progress to the server until stop is called, three times per
// AckWait. Otherwise the server would redeliver a message whose call takes longer.
func (d *delivery) keepAlive(msg jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var alive sync.WaitGroup
	alive.Go(func() {
		for {
			sleep(ctx, d.config.AckWait/3)
			if ctx.Err() != nil {
				return
			}
			_ = msg.InProgress() // if it is lost, the server redelivers the message
		}
	})
	return func() { cancel(); alive.Wait() }
}

// callAll calls the functions that need a try concurrently, so that a slow one
// does not delay the others. It settles the functions that received the message
// and returns the responses of the others.
func (d *delivery) callAll(ctx context.Context, a *attempt, functions []string) []response {
	functions = slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return a.settled[name] != "" })
	responses := make([]response, len(functions))
	var calls sync.WaitGroup
	for i, function := range functions {
		calls.Go(func() { responses[i] = d.callOne(ctx, a, function) })
	}
	calls.Wait()
	return slices.DeleteFunc(responses, func(r response) bool {
		received := r.result == delivered || r.result == duplicate
		if received {
			d.setSettled(a, r.function, r.result)
		}
		return received
	})
}

// callOne calls one function and measures the call.
func (d *delivery) callOne(ctx context.Context, a *attempt, function string) response {
	begin := time.Now()
	r := d.caller.call(ctx, function, a.msg, a.try())
	d.metrics.seconds.WithLabelValues(a.msg.Subject(), function).Observe(time.Since(begin).Seconds())
	d.metrics.deliveries.WithLabelValues(a.msg.Subject(), function, string(r.result)).Inc()
	return r
}

// setSettled marks a function as one that needs no further try of the message,
// now and in later deliveries.
func (d *delivery) setSettled(a *attempt, function string, r result) {
	d.settled.set(a.id, function, r)
	a.settled[function] = r
}

// settle stores a dead letter for each function that rejected the message, and
// after the last try for each that failed. If a function needs another try, or a
// dead letter could not be stored, the message is retried; otherwise it is done.
func (d *delivery) settle(ctx context.Context, a *attempt, missed []response) {
	last := a.try() >= uint64(d.config.MaxDeliver)
	cause := ""
	for _, r := range missed {
		if r.result == failed && !last {
			cause = r.function + ": " + r.cause
		} else if err := d.deadLetter(a, r); err != nil {
			cause = err.Error()
		}
	}
	if cause != "" {
		d.retry(a, cause)
		return
	}
	d.finish(ctx, a)
}

// deadLetter stores the message as a dead letter of one function.
func (d *delivery) deadLetter(a *attempt, r response) error {
	if err := d.dead.store(a.msg, a.meta, r); err != nil {
		return err
	}
	d.setSettled(a, r.function, refused)
	d.metrics.deadLetters.WithLabelValues(a.msg.Subject(), r.function).Inc()
	d.log.Error("dead letter", "function", r.function, "sequence", a.id.sequence,
		"tries", a.try(), "status", r.status, "cause", r.cause)
	return nil
}

// finish removes a message from the consumer. It acknowledges the message if every
// function received it, and terminates it otherwise: the server's advisories and
// counters distinguish the two.
func (d *delivery) finish(ctx context.Context, a *attempt) {
	for function, r := range a.settled {
		if r == delivered {
			continue
		}
		// The server does not confirm a termination, so the cache keeps the message.
		err := a.msg.TermWithReason(fmt.Sprintf("%s by %s", r, function))
		d.warn(a, "not terminated, the server redelivers it after ack_wait", err)
		return
	}
	err := d.acknowledge(ctx, a.msg)
	d.warn(a, "not acknowledged, the server redelivers it after ack_wait", err)
	if err == nil {
		d.settled.remove(a.id)
	}
}

// acknowledge acknowledges a message and waits for the server's confirmation. If
// there is none, for example while NATS restarts, it repeats the acknowledgement
// until AckWait is over, after which the server redelivers the message anyway, or
// until ctx ends.
func (d *delivery) acknowledge(ctx context.Context, msg jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, d.config.AckWait)
	defer cancel()
	for {
		// One attempt is made even if ctx has ended: the functions have the message.
		attempt, done := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
		err := msg.DoubleAck(attempt)
		done()
		if err == nil || ctx.Err() != nil {
			return err
		}
		sleep(ctx, d.config.BackoffMin)
	}
}

// retry returns the message to the stream, to be redelivered after a delay.
func (d *delivery) retry(a *attempt, cause string) {
	delay := backoff(a.try(), d.config.BackoffMin, d.config.BackoffMax, d.random())
	d.log.Warn("not delivered, will be retried", "sequence", a.id.sequence,
		"try", a.try(), "of", d.config.MaxDeliver, "delay", delay, "cause", cause)
	d.warn(a, "not returned, the server redelivers it after ack_wait", a.msg.NakWithDelay(delay))
}

// handBack returns the message to the stream for immediate redelivery, for example
// by another connector.
func (d *delivery) handBack(a *attempt) {
	d.log.Info("stopping, message returned to the stream", "sequence", a.id.sequence)
	d.warn(a, "not returned, the server redelivers it after ack_wait", a.msg.Nak())
}

// warn logs err unless it is nil.
func (d *delivery) warn(a *attempt, what string, err error) {
	if err != nil {
		d.log.Warn(what, "sequence", a.id.sequence, "error", err)
	}
}
