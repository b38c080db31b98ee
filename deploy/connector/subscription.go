package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// subscription fetches the messages of one subject and hands them to its delivery.
type subscription struct {
	subject   string
	config    Config
	js        jetstream.JetStream
	log       *slog.Logger
	metrics   *metrics
	directory *directory
	delivery  *delivery
}

// newSubscription returns the subscription of a subject with its own delivery and
// retry state, so that subjects do not slow each other down.
func (c *Connector) newSubscription(js jetstream.JetStream, subject string) *subscription {
	log := c.log.With("subject", subject)
	return &subscription{
		subject:   subject,
		config:    c.config,
		js:        js,
		log:       log,
		metrics:   c.metrics,
		directory: c.directory,
		delivery: &delivery{
			config:    c.config,
			log:       log,
			metrics:   c.metrics,
			random:    c.random,
			directory: c.directory,
			settled:   newSettledCache(),
			caller:    newCaller(c.config.Gateway.URL, c.config.UpstreamTimeout, c.transport),
			dead:      &deadLetterStore{js: js, prefix: c.config.DeadPrefix, stream: c.config.DeadStream},
		},
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
	for !s.js.Conn().IsConnected() && ctx.Err() == nil {
		sleep(ctx, connectionPoll)
	}
	return ctx.Err() == nil
}

// ensureConsumer finds the stream of the subject and creates or updates the
// durable consumer on it.
func (s *subscription) ensureConsumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := s.checkStreams(ctx); err != nil {
		return nil, err
	}
	stream, err := s.js.StreamNameBySubject(ctx, s.subject)
	if err != nil {
		return nil, fmt.Errorf("find the stream of %s: %w", s.subject, err)
	}
	consumer, err := s.js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable:       s.config.consumerName(s.subject),
		Description:   "prewarm connector: " + s.subject + " to the functions that name it as topic",
		FilterSubject: s.subject,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.config.AckWait,
		MaxAckPending: s.config.MaxAckPending,
		// The connector counts the tries itself. If the server gave a message up,
		// there would be no dead letter.
		MaxDeliver: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("create the consumer of %s on %s: %w", s.subject, stream, err)
	}
	s.log.Info("delivering", "stream", stream, "consumer", consumer.CachedInfo().Name)
	return consumer, nil
}

// checkStreams checks that no foreign stream has the subject, if that is one of the chain,
// or the subjects of dead letters, which could not be stored.
func (s *subscription) checkStreams(ctx context.Context) error {
	if err := bus.CheckStream(ctx, s.js, s.subject); err != nil {
		return err
	}
	if err := bus.CheckSubject(ctx, s.js, s.config.DeadPrefix+".>", s.config.DeadStream); err != nil {
		return fmt.Errorf("dead_prefix must be the begin of subjects that no other stream has, was: %q: %w", s.config.DeadPrefix, err)
	}
	return nil
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
// spend part of its AckWait in a queue. While no function has the subject as
// topic, work fetches nothing: the messages wait in the stream, in order, and use
// up no tries.
func (s *subscription) work(ctx, calls context.Context, consumer jetstream.Consumer) error {
	for s.directory.await(ctx, s.subject) && s.awaitConnection(ctx) {
		msg, err := consumer.Next(jetstream.FetchMaxWait(fetchWait))
		switch {
		case err == nil:
			s.deliver(calls, msg)
		case !errors.Is(err, nats.ErrTimeout):
			return fmt.Errorf("fetch from %s: %w", s.subject, err)
		}
	}
	return ctx.Err()
}

// deliver hands one message to the delivery and counts it as in flight meanwhile.
func (s *subscription) deliver(calls context.Context, msg jetstream.Msg) {
	inFlight := s.metrics.inFlight.WithLabelValues(s.subject)
	inFlight.Inc()
	defer inFlight.Dec()
	s.delivery.deliver(calls, msg)
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
			s.metrics.lag.WithLabelValues(s.subject).Set(float64(info.NumPending))
			s.metrics.unconfirmed.WithLabelValues(s.subject).Set(float64(info.NumAckPending))
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
