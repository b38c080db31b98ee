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

// ackTimeout bounds the wait for one confirmation.
const ackTimeout = 2 * time.Second

// delivery brings messages to functions and settles them.
type delivery struct {
	config    Config
	log       *slog.Logger
	metrics   *metrics
	random    func() float64
	directory *directory
	memory    *memory
	caller    *caller
	graveyard *graveyard
}

// attempt is one try of one message.
type attempt struct {
	msg      jetstream.Msg
	meta     *jetstream.MsgMetadata
	id       messageID
	verdicts map[string]verdict // of the functions that need no further try
}

// try is the number of the attempt, from 1, over all connectors and restarts.
func (a *attempt) try() uint64 { return a.meta.NumDelivered }

// deliver makes one try of one message and settles it: acknowledged, handed back
// for a later try, or dead-lettered and terminated. When ctx ends before the
// functions answered, the message is handed back at once, whatever the try.
func (d *delivery) deliver(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		d.log.Error("not a JetStream message", "error", err)
		return
	}
	id := messageID{stream: meta.Stream, sequence: meta.Sequence.Stream, stored: meta.Timestamp}
	a := &attempt{msg: msg, meta: meta, id: id, verdicts: d.memory.recall(id)}
	stop := d.keepAlive(msg)
	defer stop()
	functions := d.directory.functionsFor(msg.Subject())
	if len(functions) == 0 {
		d.retry(a, "no function takes the subject")
		return
	}
	outcomes := d.callAll(ctx, a, functions)
	if ctx.Err() != nil && slices.ContainsFunc(outcomes, func(o outcome) bool { return o.verdict == failed }) {
		d.handBack(a)
		return
	}
	d.settle(ctx, a, outcomes)
}

// keepAlive tells the server that the message is being worked on, until stopped.
func (d *delivery) keepAlive(msg jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var alive sync.WaitGroup
	alive.Go(func() {
		for {
			sleep(ctx, d.config.AckWait/3)
			if ctx.Err() != nil {
				return
			}
			_ = msg.InProgress() // where it does not arrive, the message is redelivered
		}
	})
	return func() { cancel(); alive.Wait() }
}

// callAll calls the functions that need a try, side by side, so that a slow one
// does not delay the others, and remembers which took the message. It returns
// the outcomes of those that did not.
func (d *delivery) callAll(ctx context.Context, a *attempt, functions []string) []outcome {
	functions = slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return a.verdicts[name] != "" })
	outcomes := make([]outcome, len(functions))
	var calls sync.WaitGroup
	for i, function := range functions {
		calls.Go(func() { outcomes[i] = d.callOne(ctx, a, function) })
	}
	calls.Wait()
	return slices.DeleteFunc(outcomes, func(o outcome) bool {
		taken := o.verdict == delivered || o.verdict == duplicate
		if taken {
			d.remember(a, o.function, o.verdict)
		}
		return taken
	})
}

func (d *delivery) callOne(ctx context.Context, a *attempt, function string) outcome {
	begin := time.Now()
	o := d.caller.call(ctx, function, a.msg, a.try())
	d.metrics.seconds.WithLabelValues(a.msg.Subject(), function).Observe(time.Since(begin).Seconds())
	d.metrics.deliveries.WithLabelValues(a.msg.Subject(), function, string(o.verdict)).Inc()
	return o
}

func (d *delivery) remember(a *attempt, function string, v verdict) {
	d.memory.remember(a.id, function, v)
	a.verdicts[function] = v
}

// settle buries the message for the functions that refused it, and after the
// last try for those that failed. What is left decides about the message.
func (d *delivery) settle(ctx context.Context, a *attempt, missed []outcome) {
	last := a.try() >= uint64(d.config.MaxDeliver)
	cause := ""
	for _, o := range missed {
		if o.verdict == failed && !last {
			cause = o.function + ": " + o.cause
		} else if err := d.bury(a, o); err != nil {
			cause = err.Error()
		}
	}
	if cause != "" {
		d.retry(a, cause)
		return
	}
	d.finish(ctx, a)
}

func (d *delivery) bury(a *attempt, o outcome) error {
	if err := d.graveyard.bury(a.msg, a.meta, o); err != nil {
		return err
	}
	d.remember(a, o.function, refused)
	d.metrics.deadLetters.WithLabelValues(a.msg.Subject(), o.function).Inc()
	d.log.Error("dead letter", "function", o.function, "sequence", a.id.sequence,
		"tries", a.try(), "status", o.status, "cause", o.cause)
	return nil
}

// finish removes a message from the consumer that no function needs again: with
// an acknowledgement where every function took it, otherwise terminated, which
// monitoring can tell apart.
func (d *delivery) finish(ctx context.Context, a *attempt) {
	for function, v := range a.verdicts {
		if v == delivered {
			continue
		}
		// Not confirmed by the server, so the message stays remembered.
		err := a.msg.TermWithReason(fmt.Sprintf("%s by %s", v, function))
		d.warn(a, "not terminated, will be redelivered", err)
		return
	}
	err := d.acknowledge(ctx, a.msg)
	d.warn(a, "not acknowledged, will be redelivered", err)
	if err == nil {
		d.memory.forget(a.id)
	}
}

// acknowledge waits for the server's confirmation. Without one, for instance
// while NATS restarts, it asks again for as long as the message would have to
// wait for its redelivery, or until ctx ends.
func (d *delivery) acknowledge(ctx context.Context, msg jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, d.config.AckWait)
	defer cancel()
	for {
		// The last attempt is made even when ctx has ended: the call was not in vain.
		attempt, done := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
		err := msg.DoubleAck(attempt)
		done()
		if err == nil || ctx.Err() != nil {
			return err
		}
		sleep(ctx, d.config.BackoffMin)
	}
}

func (d *delivery) retry(a *attempt, cause string) {
	delay := backoff(a.try(), d.config.BackoffMin, d.config.BackoffMax, d.random())
	d.log.Warn("not delivered, will be tried again", "sequence", a.id.sequence,
		"try", a.try(), "of", d.config.MaxDeliver, "delay", delay, "cause", cause)
	d.warn(a, "not handed back, will be redelivered", a.msg.NakWithDelay(delay))
}

func (d *delivery) handBack(a *attempt) {
	d.log.Info("stopping, message handed back", "sequence", a.id.sequence)
	d.warn(a, "not handed back, will be redelivered", a.msg.Nak())
}

// warn logs an error where there is one.
func (d *delivery) warn(a *attempt, what string, err error) {
	if err != nil {
		d.log.Warn(what, "sequence", a.id.sequence, "error", err)
	}
}
