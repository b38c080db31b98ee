package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// Names of the streams, one for each type of message.
const (
	StreamWindows   = "PREWARM_WINDOWS"
	StreamForecasts = "PREWARM_FORECASTS"
	StreamDecisions = "PREWARM_DECISIONS"
)

// Windows and forecasts are of use for a few steps; an hour of them lets an
// operator see what happened. Their duplicate window must outlive a restart.
const (
	transitAge      = time.Hour
	transitSize     = 256 << 20
	duplicateWindow = 10 * time.Minute
)

// streams returns the three streams with their limits.
func (c Config) streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		stream(StreamWindows, event.TypeWindows, transitAge, transitSize),
		stream(StreamForecasts, event.TypeForecasts, transitAge, transitSize),
		stream(StreamDecisions, event.TypeDecisions, c.DecisionsAge, c.DecisionsSize),
	}
}

func stream(name, subject string, age time.Duration, size int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Storage: jetstream.FileStorage,
		MaxAge: age, MaxBytes: int64(size), MaxMsgSize: event.MaxBody, Discard: jetstream.DiscardOld,
		Duplicates: min(duplicateWindow, age), Compression: jetstream.S2Compression,
	}
}

// EnsureStreams creates the streams that are missing and adjusts the limits of
// those that exist.
func (b *Bus) EnsureStreams(ctx context.Context) error {
	for _, cfg := range b.cfg.streams() {
		if _, err := b.js.CreateOrUpdateStream(ctx, cfg); err != nil {
			return fmt.Errorf("%w: create stream %s: %w", ErrUnavailable, cfg.Name, err)
		}
	}
	return nil
}

// Follow hands every message of subject that is at most since old to fn, then
// every new one, in order, until ctx ends. Interruptions of NATS are waited
// out; the consumer resumes after the last message that fn saw. The error is
// ctx's.
func (b *Bus) Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	start := time.Now().Add(-since)
	for {
		if consumption, err := b.consume(ctx, subject, start, fn); err == nil {
			<-ctx.Done()
			consumption.Stop()
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followRetry):
		}
	}
}

// followRetry is the pause between tries to reach NATS.
const followRetry = 500 * time.Millisecond

func (b *Bus) consume(ctx context.Context, subject string, start time.Time, fn func([]byte)) (jetstream.ConsumeContext, error) {
	if err := b.EnsureStreams(ctx); err != nil {
		return nil, err
	}
	name, err := b.js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil, err
	}
	consumer, err := b.js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &start, MaxResetAttempts: -1,
	})
	if err != nil {
		return nil, err
	}
	return consumer.Consume(func(m jetstream.Msg) { fn(m.Data()) })
}

// Replay hands every message of subject that is at most since old to fn, in
// order, and returns when it has reached the end of the stream as it was at
// the call. It fails with ErrUnavailable where that is not possible.
func (b *Bus) Replay(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	if err := b.replay(ctx, subject, time.Now().Add(-since), fn); err != nil {
		return fmt.Errorf("%w: replay %s: %w", ErrUnavailable, subject, err)
	}
	return nil
}

func (b *Bus) replay(ctx context.Context, subject string, start time.Time, fn func([]byte)) error {
	if err := b.EnsureStreams(ctx); err != nil {
		return err
	}
	name, err := b.js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return err
	}
	consumer, err := b.js.CreateConsumer(ctx, name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &start,
		AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	pending := consumer.CachedInfo().NumPending
	for pending > 0 {
		batch, err := consumer.Fetch(int(min(pending, 256)), jetstream.FetchMaxWait(b.cfg.Timeout))
		if err != nil {
			return err
		}
		got := uint64(0)
		for m := range batch.Messages() {
			fn(m.Data())
			got++
		}
		if err := batch.Error(); err != nil {
			return err
		}
		if got == 0 {
			return fmt.Errorf("%d messages did not come", pending)
		}
		pending -= got
	}
	return nil
}
