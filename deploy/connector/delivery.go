package connector

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ackTimeout bounds the wait for one confirmation of the server.
const ackTimeout = 2 * time.Second

// delivery calls the function of a subscriber with a message and settles it:
// acknowledged, returned to the stream for a retry, or stored as a dead letter.
type delivery struct {
	subscriber
	config  Config
	log     *slog.Logger
	metrics *metrics
	random  func() float64
	settled *settledCache
	caller  *caller
	unknown atomic.Bool // the function takes the connector for a stranger
	dead    *deadLetterStore
}

// attempt is one try of one message.
type attempt struct {
	msg  jetstream.Msg
	meta *jetstream.MsgMetadata
	id   messageID
}

// try returns the number of the attempt, from 1, counted by the server over all
// connectors and restarts.
func (a *attempt) try() uint64 { return a.meta.NumDelivered }

// deliver makes one try of one message and settles it. It counts the message as in
// flight meanwhile.
func (d *delivery) deliver(ctx context.Context, msg jetstream.Msg) {
	inFlight := d.metrics.inFlight.WithLabelValues(d.subject, d.function)
	inFlight.Inc()
	defer inFlight.Dec()
	meta, err := msg.Metadata()
	if err != nil {
		d.log.Error("not a JetStream message", "error", err)
		return
	}
	id := messageID{stream: meta.Stream, sequence: meta.Sequence.Stream, stored: meta.Timestamp}
	a := &attempt{msg: msg, meta: meta, id: id}
	stop := d.keepAlive(msg)
	defer stop()
	r := d.settled.get(id)
	if r == "" {
		r = d.settle(ctx, a, d.call(ctx, a))
	}
	if r != "" {
		d.finish(ctx, a, r)
	}
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

// call calls the function and measures the call.
func (d *delivery) call(ctx context.Context, a *attempt) response {
	begin := time.Now()
	r := d.caller.call(ctx, d.function, a.msg, a.try())
	d.metrics.seconds.WithLabelValues(d.subject, d.function).Observe(time.Since(begin).Seconds())
	d.metrics.deliveries.WithLabelValues(d.subject, d.function, string(r.result)).Inc()
	if r.status != 0 {
		d.noteProof(r)
	}
	return r
}

// noteProof shows in the metrics whether the function accepts the proofs of the connector, and
// logs a warning when it begins to refuse them, for example because a clock is wrong.
func (d *delivery) noteProof(r response) {
	refused := r.unproven != ""
	gauge := d.metrics.unproven.WithLabelValues(d.subject, d.function)
	gauge.Set(0)
	if refused {
		gauge.Set(1)
	}
	if d.unknown.Swap(refused) != refused && refused {
		d.log.Warn("the function does not accept the proof of a delivery: others can take the connector's place", "answer", r.unproven)
	}
}

// settle returns the result of a message that needs no further try: the function
// received it, or rejected it or failed at the last try and the dead letter is stored.
// Otherwise settle returns the message to the stream, and "". If ctx ended before the
// function answered, it does so at once, also after the last try: the connector stopped,
// the function did not fail.
func (d *delivery) settle(ctx context.Context, a *attempt, r response) result {
	switch {
	case r.result == failed && ctx.Err() != nil:
		d.handBack(a)
		return ""
	case r.result == failed && a.try() < uint64(d.config.MaxDeliver):
		d.retry(a, r.cause)
		return ""
	case r.result == failed, r.result == refused:
		if err := d.deadLetter(a, r); err != nil {
			d.retry(a, err.Error())
			return ""
		}
		r.result = refused
	}
	d.settled.set(a.id, r.result)
	return r.result
}

// deadLetter stores the message as a dead letter of the function.
func (d *delivery) deadLetter(a *attempt, r response) error {
	if err := d.dead.store(a.msg, a.meta, r); err != nil {
		return err
	}
	d.metrics.deadLetters.WithLabelValues(d.subject, d.function).Inc()
	d.log.Error("dead letter", "sequence", a.id.sequence, "tries", a.try(), "status", r.status, "cause", r.cause)
	return nil
}

// finish removes a settled message from the consumer. It acknowledges the message if the
// function received it, and terminates it otherwise: the server's advisories and
// counters distinguish the two.
func (d *delivery) finish(ctx context.Context, a *attempt, r result) {
	if r != delivered {
		// The server does not confirm a termination, so the cache keeps the message.
		err := a.msg.TermWithReason(fmt.Sprintf("%s by %s", r, d.function))
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
		// One attempt is made even if ctx has ended: the function has the message.
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
