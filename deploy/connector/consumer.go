package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

// nameLimit bounds the readable part of a consumer name. The server refuses names of
// more than 255 bytes.
const nameLimit = 200

// consumerName returns the durable name of the consumer of a subscriber: prefix,
// subject and function, and a hash of them, because the readable part is shortened and
// has dashes in place of the characters that consumer names may not contain.
func (c Config) consumerName(who subscriber) string {
	hash := sha256.Sum256([]byte(c.ConsumerPrefix + " " + who.subject + " " + who.function))
	name := strings.Map(nameRune, c.ConsumerPrefix+"-"+who.subject+"-"+who.function)
	return name[:min(len(name), nameLimit)] + "-" + hex.EncodeToString(hash[:8])
}

// nameRune returns a letter, digit, dash or underscore as it is, and a dash for others.
func nameRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
		return r
	}
	return '-'
}

// ensureConsumer finds the stream of the subject and creates or updates the durable
// consumer on it. An existing consumer keeps its place.
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
	consumer, err := s.placeConsumer(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("create the consumer of %s for %s on %s: %w", s.subject, s.function, stream, err)
	}
	s.placed.Store(true)
	s.log.Info("delivering", "stream", stream, "consumer", consumer.CachedInfo().Name)
	return consumer, nil
}

// placeConsumer updates the consumer, or creates it where the subscriber starts.
func (s *subscription) placeConsumer(ctx context.Context, stream string) (jetstream.Consumer, error) {
	cfg := s.consumerConfig()
	present, err := s.js.Consumer(ctx, stream, cfg.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		if err := s.setStart(ctx, stream, &cfg); err != nil {
			return nil, err
		}
		created, err := s.js.CreateConsumer(ctx, stream, cfg)
		if !errors.Is(err, jetstream.ErrConsumerExists) {
			return created, err
		}
		present, err = s.js.Consumer(ctx, stream, cfg.Durable) // another connector created it meanwhile
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	start := present.CachedInfo().Config // the server refuses another one
	cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = start.DeliverPolicy, start.OptStartSeq, start.OptStartTime
	return s.js.UpdateConsumer(ctx, stream, cfg)
}

// consumerConfig returns the configuration of the consumer without its start.
func (s *subscription) consumerConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       s.config.consumerName(s.subscriber),
		Description:   "prewarm connector: " + s.subject + " to " + s.function,
		FilterSubject: s.subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.config.AckWait,
		MaxAckPending: s.config.MaxAckPending,
		// The connector counts the tries itself. If the server gave a message up,
		// there would be no dead letter.
		MaxDeliver: -1,
		// The server removes the consumer if no connector asks it for messages.
		InactiveThreshold: s.config.ForgetAfter,
	}
}

// setStart sets where a new consumer starts: after the messages that the shared consumer
// of the subject has settled, or at those that are at most Config.StartAge old. Older
// windows and forecasts are useless, and newer ones may be all that a function that was
// just deployed gets before the next step.
func (s *subscription) setStart(ctx context.Context, stream string, cfg *jetstream.ConsumerConfig) error {
	shared, err := sharedConsumer(ctx, s.js, s.config, stream, s.subject)
	switch {
	case err != nil:
		return err
	case shared != nil:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, shared.AckFloor.Stream+1
	default:
		from := time.Now().Add(-s.config.StartAge)
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &from
	}
	return nil
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
