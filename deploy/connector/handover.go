package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A shared consumer is the only one of its subject: a connector that has it settles a
// message when all functions have answered. An upgrade from such a connector must not
// deliver an hour of messages again. Each subscriber starts where the shared consumer
// stands, and the shared consumer is retired when all of them have a consumer.

// sharedName returns the durable name of the shared consumer of a subject.
func (c Config) sharedName(subject string) string {
	return c.ConsumerPrefix + "-" + strings.ReplaceAll(subject, ".", "-")
}

// sharedConsumer returns the shared consumer of a subject, nil if there is none.
func sharedConsumer(ctx context.Context, js jetstream.JetStream, c Config, stream, subject string) (*jetstream.ConsumerInfo, error) {
	consumer, err := js.Consumer(ctx, stream, c.sharedName(subject))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("find the consumer of %s: %w", subject, err)
	case consumer.CachedInfo().Config.FilterSubject != subject:
		return nil, nil // a-b has the name of a.b
	}
	return consumer.CachedInfo(), nil
}

// retireShared has the server remove the shared consumer of a subject when nothing asks
// it for messages. It does not delete the consumer: during a rolling upgrade a connector
// that has it would create it again, at the begin of the stream.
func retireShared(ctx context.Context, js jetstream.JetStream, c Config, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return fmt.Errorf("find the stream of %s: %w", subject, err)
	}
	shared, err := sharedConsumer(ctx, js, c, stream, subject)
	if err != nil || shared == nil {
		return err
	}
	cfg := shared.Config
	cfg.InactiveThreshold = c.AckWait
	if _, err := js.UpdateConsumer(ctx, stream, cfg); err != nil {
		return fmt.Errorf("update the consumer %s: %w", cfg.Durable, err)
	}
	return nil
}
