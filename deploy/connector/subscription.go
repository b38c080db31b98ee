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
)

const (
	// fetchWait is how long one pull waits for a message; it is also the longest
	// time until a worker notices that it should stop.
	fetchWait = time.Second

	// requestTimeout bounds one request to the JetStream API.
	requestTimeout = 5 * time.Second

	// lagInterval is the time between two looks at the consumer's state.
	lagInterval = 5 * time.Second

	// connectionPoll is the time between two looks at a lost connection.
	connectionPoll = 50 * time.Millisecond

	// The wait for a stream or consumer grows between these.
	setupWaitMax = 5 * time.Second
	setupWaitMin = 200 * time.Millisecond
)

// subscription delivers the messages of one subject.
type subscription struct {
	subject   string
	config    Config
	js        jetstream.JetStream
	log       *slog.Logger
	metrics   *metrics
	directory *directory
	delivery  *delivery
}

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
			memory:    newMemory(),
			caller:    newCaller(c.config.Gateway.URL, c.config.UpstreamTimeout, c.transport),
			graveyard: &graveyard{js: js, prefix: c.config.DeadPrefix, stream: c.config.DeadStream},
		},
	}
}

// run delivers until ctx ends; calls is the context of the deliveries. A stream
// or consumer that is not there, or no longer, is waited for or made again.
func (s *subscription) run(ctx, calls context.Context) {
	failures := uint64(0)
	for s.awaitConnection(ctx) {
		consumer, err := s.ensureConsumer(ctx)
		if err == nil {
			failures = 0
			err = s.consume(ctx, calls, consumer)
		}
		if ctx.Err() != nil {
			return
		}
		failures++
		if failures == 1 {
			s.log.Warn("no messages, trying again", "error", err)
		}
		sleep(ctx, backoff(failures, setupWaitMin, setupWaitMax, s.delivery.random()))
	}
}

// awaitConnection waits until NATS is connected; false when ctx ended before.
// Requests sent meanwhile would reach the server when nobody waits for them.
func (s *subscription) awaitConnection(ctx context.Context) bool {
	for !s.js.Conn().IsConnected() && ctx.Err() == nil {
		sleep(ctx, connectionPoll)
	}
	return ctx.Err() == nil
}

// ensureConsumer finds the stream that holds the subject and creates the durable
// consumer, or takes the one that is there.
func (s *subscription) ensureConsumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
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
		// Tries are counted here: a message that the server gave up would stay
		// behind without a dead letter.
		MaxDeliver: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("create the consumer of %s on %s: %w", s.subject, stream, err)
	}
	s.log.Info("delivering", "stream", stream, "consumer", consumer.CachedInfo().Name)
	return consumer, nil
}

// consume runs the workers until ctx ends or the consumer fails, and returns
// when all deliveries have ended.
func (s *subscription) consume(ctx, calls context.Context, consumer jetstream.Consumer) error {
	group, ctx := errgroup.WithContext(ctx)
	for range s.config.Concurrency {
		group.Go(func() error { return s.work(ctx, calls, consumer) })
	}
	group.Go(func() error { return s.watchLag(ctx, consumer) })
	return group.Wait()
}

// work fetches one message at a time: a message fetched ahead would spend its
// acknowledgement wait in a queue. It fetches none while no function takes the
// subject, so such messages wait in the stream, in order and without using up
// tries.
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

func (s *subscription) deliver(calls context.Context, msg jetstream.Msg) {
	inFlight := s.metrics.inFlight.WithLabelValues(s.subject)
	inFlight.Inc()
	defer inFlight.Dec()
	s.delivery.deliver(calls, msg)
}

// watchLag keeps the gauges of the consumer's state. It also notices a consumer
// that is gone while no worker fetches.
func (s *subscription) watchLag(ctx context.Context, consumer jetstream.Consumer) error {
	for ctx.Err() == nil {
		request, cancel := context.WithTimeout(ctx, requestTimeout)
		info, err := consumer.Info(request)
		cancel()
		if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return fmt.Errorf("look at the consumer of %s: %w", s.subject, err)
		}
		if err == nil {
			s.metrics.lag.WithLabelValues(s.subject).Set(float64(info.NumPending))
			s.metrics.unconfirmed.WithLabelValues(s.subject).Set(float64(info.NumAckPending))
		}
		sleep(ctx, lagInterval)
	}
	return ctx.Err()
}

// sleep waits, or returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
