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

// Replay hands every message of subject that is at most since old to fn, in
// order, and returns when it has reached the end of the stream as it was at
// the call. It fails with ErrUnavailable where that is not possible.
func (b *Bus) Replay(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	_, err := b.ReplayAfter(ctx, subject, 0, since, fn)
	return err
}

// ReplayAfter is Replay for who was there before: it hands fn the messages behind
// number after alone, and returns the number of the last. Where after is 0, or
// beyond the end because the stream was made anew, it goes back by since.
func (b *Bus) ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func(body []byte)) (uint64, error) {
	last, err := b.replay(ctx, subject, after, time.Now().Add(-since), fn)
	if err != nil {
		return after, fmt.Errorf("%w: replay %s: %w", ErrUnavailable, subject, err)
	}
	return last, nil
}

func (b *Bus) replay(ctx context.Context, subject string, after uint64, start time.Time, fn func([]byte)) (uint64, error) {
	if after == 0 {
		if err := b.EnsureStreams(ctx); err != nil {
			return 0, err
		}
	}
	stream, err := b.stream(ctx, subject)
	if err != nil {
		return 0, err
	}
	last := stream.CachedInfo().State.LastSeq
	if after == last {
		return last, nil
	}
	if after > last {
		after = 0
	}
	consumer, err := stream.CreateConsumer(ctx, startingAfter(after, start))
	if err != nil {
		return 0, err
	}
	read, err := b.drain(ctx, consumer, fn)
	_ = stream.DeleteConsumer(ctx, consumer.CachedInfo().Name) // otherwise it goes by itself
	return max(last, read), err
}

// stream returns the stream that holds subject, as it is now.
func (b *Bus) stream(ctx context.Context, subject string) (jetstream.Stream, error) {
	name, err := b.js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil, err
	}
	return b.js.Stream(ctx, name)
}

// startingAfter is a consumer of the messages behind number after, or where that
// is 0 of those since start.
func startingAfter(after uint64, start time.Time) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Minute, MemoryStorage: true}
	if after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, after+1
	} else {
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &start
	}
	return cfg
}

// drain hands fn what waits for the consumer, and returns the number of the
// last message. It ends early with ctx.
func (b *Bus) drain(ctx context.Context, consumer jetstream.Consumer, fn func([]byte)) (last uint64, err error) {
	pending := consumer.CachedInfo().NumPending
	for pending > 0 {
		if err := ctx.Err(); err != nil {
			return last, err
		}
		batch, err := consumer.Fetch(int(min(pending, 256)), jetstream.FetchMaxWait(b.cfg.Timeout))
		if err != nil {
			return last, err
		}
		got := uint64(0)
		for m := range batch.Messages() {
			if meta, err := m.Metadata(); err == nil {
				last = meta.Sequence.Stream
			}
			fn(m.Data())
			got++
		}
		if err := batch.Error(); err != nil {
			return last, err
		}
		if got == 0 {
			return last, fmt.Errorf("%d messages did not come", pending)
		}
		pending -= got
	}
	return last, nil
}
