package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// followRetry is the pause between attempts to read on.
	followRetry = 500 * time.Millisecond
	// followHeartbeat is how often NATS confirms that an idle consumer still exists.
	// Two missing heartbeats end the read.
	followHeartbeat = 5 * time.Second
)

// Follow passes the messages of subject to fn, in order, until ctx ends: first those
// that are at most since old, then every new one. It outlasts interruptions of NATS
// and continues after the last message that fn received. If NATS has lost the stream
// or its last messages, Follow continues with the first message stored since then.
// The error is that of ctx. fn is not called concurrently.
func (b *Bus) Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	start := time.Now().Add(-since)
	f := &follower{bus: b, subject: subject, start: start, from: start, fn: fn}
	connected := b.conn.StatusChanged(nats.CONNECTED)
	defer b.conn.RemoveStatusListener(connected)
	for {
		_ = f.read(ctx, connected) // the cause does not matter: the next read begins with the state of the stream then
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followRetry):
		}
	}
}

// follower is the position of one Follow in its stream.
type follower struct {
	bus     *Bus
	subject string
	start   time.Time // of the oldest message to pass on
	fn      func(body []byte)

	created time.Time // when the stream was created; differs if it was deleted and created again
	last    uint64    // stream sequence of the last message that fn received, 0 for none
	from    time.Time // time of the oldest message to read if last is 0
	taken   uint64    // messages received from the present consumer
}

// read passes messages to fn until the consumer or the connection is lost, or ctx
// ends. It also ends when NATS has reconnected: the consumer would go on, but
// messages that were sent over the old connection are not sent again.
func (f *follower) read(ctx context.Context, connected <-chan nats.Status) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-connected:
			cancel()
		case <-ctx.Done():
		}
	}()
	messages, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if err := f.take(m); err != nil {
			return err
		}
	}
}

// open creates a consumer of the messages that fn has not received.
func (f *follower) open(ctx context.Context) (jetstream.MessagesContext, error) {
	if err := f.bus.EnsureStreams(ctx); err != nil {
		return nil, err
	}
	stream, err := f.bus.stream(ctx, f.subject)
	if err != nil {
		return nil, err
	}
	f.compare(stream.CachedInfo())
	consumer, err := stream.CreateConsumer(ctx, startingAfter(f.last, f.from, f.subject))
	if err != nil {
		return nil, err
	}
	f.taken = 0
	return consumer.Messages(jetstream.PullHeartbeat(followHeartbeat))
}

// compare drops the position if the stream is not the one that was read. A stream
// that was created again numbers its messages from 1. A stream that lost its last
// messages, for instance in a power failure, gives their numbers to new ones.
func (f *follower) compare(info *jetstream.StreamInfo) {
	if !info.Created.Equal(f.created) {
		f.created, f.last, f.from = info.Created, 0, f.start
	} else if info.State.LastSeq < f.last {
		f.last = 0
	}
}

// take passes one message to fn. It fails if a message before it is missing, so that
// the next consumer begins with the missing one.
func (f *follower) take(m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("message of %s: %w", f.subject, err)
	}
	if meta.Sequence.Consumer != f.taken+1 {
		return fmt.Errorf("message of %s: the consumer's number must be %d, was: %d", f.subject, f.taken+1, meta.Sequence.Consumer)
	}
	f.fn(m.Data())
	f.taken, f.last, f.from = meta.Sequence.Consumer, meta.Sequence.Stream, meta.Timestamp.Add(1)
	return nil
}
