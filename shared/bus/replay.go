package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// fetchSize is the largest number of messages that one request fetches. They are in memory at
// the same time: about 7 MB with a hundred functions in each.
const fetchSize = 64

// Replay passes the messages of subject that are at most since old to fn, in order.
// It returns after the last message that was in the stream at the time of the call,
// and fails with ErrUnavailable if it cannot read that far.
func (b *Bus) Replay(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	_, err := b.ReplayAfter(ctx, subject, 0, since, fn)
	return err
}

// ReplayAfter continues a Replay: it passes only the messages after sequence number
// after to fn, and returns the number of the last message of the stream, or after
// with an error. It begins with the messages of the last since if after is 0, or if
// after lies beyond the end because the stream was created again.
//
// The subject of a type stands for those of its shards too. The subject of a shard stands for
// itself and that of the type, except that a replay from the begin reads all: with another
// number of shards, the messages of its functions had other subjects.
func (b *Bus) ReplayAfter(ctx context.Context, subject string, after uint64, since time.Duration, fn func(body []byte)) (last uint64, err error) {
	last, err = b.replay(ctx, subject, after, time.Now().Add(-since), fn)
	if err != nil {
		return after, fmt.Errorf("%w: replay %s: %w", ErrUnavailable, subject, err)
	}
	return last, nil
}

func (b *Bus) replay(ctx context.Context, subject string, after uint64, start time.Time, fn func([]byte)) (uint64, error) {
	if after == 0 { // otherwise the stream exists
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
	consumer, err := stream.CreateConsumer(ctx, startingAfter(after, start, subject))
	if err != nil {
		return 0, err
	}
	read, err := b.drain(ctx, consumer, fn)
	_ = stream.DeleteConsumer(ctx, consumer.CachedInfo().Name) // if this fails, NATS deletes it after InactiveThreshold
	return max(last, read), err
}

// stream returns the stream of the chain that holds subject, with its present state.
func (b *Bus) stream(ctx context.Context, subject string) (jetstream.Stream, error) {
	return b.js.Stream(ctx, StreamOf(subject))
}

// startingAfter returns a consumer of the messages after sequence number after, or of
// those since start if after is 0, filtered as ReplayAfter says. It does not acknowledge messages: the caller keeps
// its own position, and many callers read the same stream.
func startingAfter(after uint64, start time.Time, subject string) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Minute, MemoryStorage: true}
	if typ := event.TypeOf(subject); after > 0 && typ != subject {
		cfg.FilterSubjects = []string{typ, subject}
	}
	if after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, after+1
	} else {
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &start
	}
	return cfg
}

// drain passes the messages that are pending for the consumer to fn, and returns the
// sequence number of the last. It ends early if ctx ends.
func (b *Bus) drain(ctx context.Context, consumer jetstream.Consumer, fn func([]byte)) (last uint64, err error) {
	for pending := consumer.CachedInfo().NumPending; pending > 0; {
		if err := ctx.Err(); err != nil {
			return last, err
		}
		batch, err := consumer.Fetch(int(min(pending, fetchSize)), jetstream.FetchMaxWait(b.cfg.Timeout))
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
			return last, fmt.Errorf("%d pending messages did not arrive", pending)
		}
		pending -= got
	}
	return last, nil
}
