package connector

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

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
