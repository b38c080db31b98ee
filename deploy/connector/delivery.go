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

// deliver makes one try of one message and settles it: acknowledged, handed back
// for a later try, or dead-lettered and terminated. When ctx ends before the
// functions answered, the message is handed back at once, whatever the try.
func (d *delivery) deliver(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		d.log.Error("not a JetStream message", "error", err)
		return
	}
	stop := d.keepAlive(msg)
	defer stop()
	functions := d.directory.functionsFor(msg.Subject())
	if len(functions) == 0 {
		d.retry(msg, meta, "no function takes the subject")
		return
	}
	id := messageID{stream: meta.Stream, sequence: meta.Sequence.Stream, stored: meta.Timestamp}
	verdicts := d.memory.recall(id)
	open := slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return verdicts[name] != "" })
	outcomes := d.callAll(ctx, open, msg, meta.NumDelivered)
	for _, o := range outcomes {
		if o.verdict != failed && o.verdict != refused {
			d.memory.remember(id, o.function, o.verdict)
			verdicts[o.function] = o.verdict
		}
	}
	if ctx.Err() != nil && slices.ContainsFunc(outcomes, func(o outcome) bool { return o.verdict == failed }) {
		d.handBack(msg, meta)
		return
	}
	d.settle(ctx, msg, meta, id, outcomes, verdicts)
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

// callAll calls the functions side by side, so that a slow one does not delay
// the others.
func (d *delivery) callAll(ctx context.Context, functions []string, msg jetstream.Msg, attempt uint64) []outcome {
	outcomes := make([]outcome, len(functions))
	var calls sync.WaitGroup
	for i, function := range functions {
		calls.Go(func() {
			begin := time.Now()
			outcomes[i] = d.caller.call(ctx, function, msg, attempt)
			d.metrics.seconds.WithLabelValues(msg.Subject(), function).Observe(time.Since(begin).Seconds())
			d.metrics.deliveries.WithLabelValues(msg.Subject(), function, string(outcomes[i].verdict)).Inc()
		})
	}
	calls.Wait()
	return outcomes
}

// settle buries the message for the functions that refused it, and after the
// last try for those that failed. What is left decides about the message.
func (d *delivery) settle(ctx context.Context, msg jetstream.Msg, meta *jetstream.MsgMetadata, id messageID, outcomes []outcome, verdicts map[string]verdict) {
	last := meta.NumDelivered >= uint64(d.config.MaxDeliver)
	cause := ""
	for _, o := range outcomes {
		if o.verdict == delivered || o.verdict == duplicate {
			continue
		}
		if o.verdict == failed && !last {
			cause = o.function + ": " + o.cause
			continue
		}
		if err := d.bury(msg, meta, o); err != nil {
			cause = err.Error()
			continue
		}
		d.memory.remember(id, o.function, refused)
		verdicts[o.function] = refused
	}
	if cause != "" {
		d.retry(msg, meta, cause)
		return
	}
	d.finish(ctx, msg, meta, id, verdicts)
}

func (d *delivery) bury(msg jetstream.Msg, meta *jetstream.MsgMetadata, o outcome) error {
	if err := d.graveyard.bury(msg, meta, o); err != nil {
		return err
	}
	d.metrics.deadLetters.WithLabelValues(msg.Subject(), o.function).Inc()
	d.log.Error("dead letter", "function", o.function, "sequence", meta.Sequence.Stream,
		"tries", meta.NumDelivered, "status", o.status, "cause", o.cause)
	return nil
}

// finish removes a message from the consumer that no function needs again: with
// an acknowledgement where every function took it, otherwise terminated, which
// monitoring can tell apart.
func (d *delivery) finish(ctx context.Context, msg jetstream.Msg, meta *jetstream.MsgMetadata, id messageID, verdicts map[string]verdict) {
	for function, v := range verdicts {
		if v == delivered {
			continue
		}
		if err := msg.TermWithReason(fmt.Sprintf("%s by %s", v, function)); err != nil {
			d.log.Warn("not terminated, will be redelivered", "sequence", meta.Sequence.Stream, "error", err)
		}
		return // remembered: the termination is not confirmed
	}
	if err := d.acknowledge(ctx, msg); err != nil {
		d.log.Warn("not acknowledged, will be redelivered", "sequence", meta.Sequence.Stream, "error", err)
		return
	}
	d.memory.forget(id)
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

func (d *delivery) retry(msg jetstream.Msg, meta *jetstream.MsgMetadata, cause string) {
	delay := backoff(meta.NumDelivered, d.config.BackoffMin, d.config.BackoffMax, d.random())
	d.log.Warn("not delivered, will be tried again", "sequence", meta.Sequence.Stream,
		"try", meta.NumDelivered, "of", d.config.MaxDeliver, "delay", delay, "cause", cause)
	if err := msg.NakWithDelay(delay); err != nil {
		d.log.Warn("not handed back, will be redelivered", "sequence", meta.Sequence.Stream, "error", err)
	}
}

func (d *delivery) handBack(msg jetstream.Msg, meta *jetstream.MsgMetadata) {
	d.log.Info("stopping, message handed back", "sequence", meta.Sequence.Stream)
	if err := msg.Nak(); err != nil {
		d.log.Warn("not handed back, will be redelivered", "sequence", meta.Sequence.Stream, "error", err)
	}
}
