package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"prewarm/shared/bus"
)

const (
	// fetchWait is how long one pull waits for a message. It bounds the time until
	// a worker notices that it must stop.
	fetchWait = time.Second

	// requestTimeout bounds one request to the JetStream API.
	requestTimeout = 5 * time.Second

	// lagInterval is the time between two polls of the consumer's state.
	lagInterval = 5 * time.Second

	// connectionPoll is the time between two polls of a lost connection.
	connectionPoll = 50 * time.Millisecond

	// The wait for a stream or consumer grows between these.
	setupWaitMax = 5 * time.Second
	setupWaitMin = 200 * time.Millisecond
)

// subscription fetches the messages of one subscriber and hands them to its delivery.
type subscription struct {
	subscriber
	config   Config
	js       jetstream.JetStream
	log      *slog.Logger
	metrics  *metrics
	outage   *bus.Outage
	delivery *delivery

	placed atomic.Bool        // whether the subscriber has a consumer
	cancel context.CancelFunc // ends run
	done   chan struct{}      // closed after the last delivery
}

// newSubscription returns the subscription of a subscriber with its own consumer and
// retries, so that a function that hangs or fails delays no other.
func (c *Connector) newSubscription(js jetstream.JetStream, who subscriber) *subscription {
	log := c.log.With("subject", who.subject, "function", who.function)
	return &subscription{
		subscriber: who,
		config:     c.config,
		js:         js,
		log:        log,
		metrics:    c.metrics,
		outage:     c.outage,
		done:       make(chan struct{}),
		delivery: &delivery{
			subscriber: who,
			config:     c.config,
			log:        log,
			metrics:    c.metrics,
			random:     c.random,
			settled:    newSettledCache(),
			caller:     newCaller(c.config, c.transport),
			dead:       &deadLetterStore{js: js, prefix: c.config.DeadPrefix, stream: c.config.DeadStream},
		},
	}
}

// ended reports whether the last delivery is over.
func (s *subscription) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// run delivers until ctx ends; calls is the context of the deliveries. run waits
// for a missing stream and creates a missing consumer again. It ends with a
// bus.ErrForeignStream, and else returns the error of ctx.
func (s *subscription) run(ctx, calls context.Context) error {
	failures := uint64(0)
	for s.awaitConnection(ctx) {
		consumer, err := s.ensureConsumer(ctx)
		if err == nil {
			failures = 0
			err = s.consume(ctx, calls, consumer)
		}
		if ctx.Err() != nil || errors.Is(err, bus.ErrForeignStream) {
			return err
		}
		failures++
		if failures == 1 {
			s.log.Warn("cannot fetch messages, retrying", "error", err)
		}
		sleep(ctx, backoff(failures, setupWaitMin, setupWaitMax, s.delivery.random()))
	}
	return ctx.Err()
}

// awaitConnection waits until NATS is connected. It returns false if ctx ended
// first. A request that is sent without a connection would be buffered and reach
// the server after its timeout.
func (s *subscription) awaitConnection(ctx context.Context) bool {
	for conn := s.js.Conn(); !conn.IsConnected() && ctx.Err() == nil; sleep(ctx, connectionPoll) {
		if err := conn.LastError(); err != nil { // a failed handshake, for instance
			s.outage.Note(err)
		}
	}
	if ctx.Err() == nil {
		s.outage.End()
	}
	return ctx.Err() == nil
}

// consume runs the workers until ctx ends or the consumer fails. It returns after
// the last delivery.
func (s *subscription) consume(ctx, calls context.Context, consumer jetstream.Consumer) error {
	group, ctx := errgroup.WithContext(ctx)
	for range s.config.Concurrency {
		group.Go(func() error { return s.work(ctx, calls, consumer) })
	}
	group.Go(func() error { return s.watchLag(ctx, consumer) })
	return group.Wait()
}

// work fetches and delivers one message at a time. A message fetched ahead would
// spend part of its AckWait in a queue. A message that arrives after the end of ctx is
// returned: its function may be gone.
func (s *subscription) work(ctx, calls context.Context, consumer jetstream.Consumer) error {
	for s.awaitConnection(ctx) {
		msg, err := consumer.Next(jetstream.FetchMaxWait(fetchWait))
		switch {
		case err == nil && ctx.Err() != nil:
			_ = msg.Nak() // if it is lost, the server redelivers the message
		case err == nil:
			s.delivery.deliver(calls, msg)
		case !errors.Is(err, nats.ErrTimeout):
			return fmt.Errorf("fetch from %s: %w", s.subject, err)
		}
	}
	return ctx.Err()
}

// watchLag updates the gauges of the consumer's state. It ends with an error if
// the consumer or stream is gone, which workers without messages do not notice.
func (s *subscription) watchLag(ctx context.Context, consumer jetstream.Consumer) error {
	for ctx.Err() == nil {
		request, cancel := context.WithTimeout(ctx, requestTimeout)
		info, err := consumer.Info(request)
		cancel()
		if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return fmt.Errorf("poll the consumer of %s: %w", s.subject, err)
		}
		if err == nil {
			s.metrics.lag.WithLabelValues(s.subject, s.function).Set(float64(info.NumPending))
			s.metrics.unconfirmed.WithLabelValues(s.subject, s.function).Set(float64(info.NumAckPending))
		}
		sleep(ctx, lagInterval)
	}
	return ctx.Err()
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
