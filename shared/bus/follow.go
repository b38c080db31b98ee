package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Follow hands every message of subject that is at most since old to fn, then
// every new one, in order, until ctx ends. Interruptions of NATS are waited
// out: it resumes after the last message that fn saw, and where NATS has lost the
// stream or its end, with the first that was stored since. The error is ctx's.
func (b *Bus) Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error {
	start := time.Now().Add(-since)
	r := &reader{bus: b, subject: subject, start: start, from: start, fn: fn}
	connected := b.conn.StatusChanged(nats.CONNECTED)
	defer b.conn.RemoveStatusListener(connected)
	for {
		_ = r.read(ctx, connected) // whatever ended it, the next read sees what holds then
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followRetry):
		}
	}
}

const (
	// followRetry is the pause between tries to read on.
	followRetry = 500 * time.Millisecond
	// followHeartbeat is how often NATS shows that a consumer without messages
	// still stands. Two that do not come end the read.
	followHeartbeat = 5 * time.Second
)

// reader is how far one Follow has come.
type reader struct {
	bus     *Bus
	subject string
	start   time.Time // of the first message that is wanted
	fn      func([]byte)

	created time.Time // of the stream that was read, which tells it from one made anew
	seen    uint64    // the last message of it that fn saw, 0 where there was none
	from    time.Time // of the first message that is wanted where seen is 0
	taken   uint64    // messages of the present consumer
}

// read hands messages to fn until the consumer or the connection is lost, or ctx
// ends. A consumer may not outlive a new connection: what was sent to the old one
// does not come again.
func (r *reader) read(ctx context.Context, connected <-chan nats.Status) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-connected:
			cancel()
		case <-ctx.Done():
		}
	}()
	messages, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if err := r.take(m); err != nil {
			return err
		}
	}
}

// open makes a consumer of what fn has not seen.
func (r *reader) open(ctx context.Context) (jetstream.MessagesContext, error) {
	if err := r.bus.EnsureStreams(ctx); err != nil {
		return nil, err
	}
	stream, err := r.bus.stream(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	r.recognise(stream.CachedInfo())
	consumer, err := stream.CreateConsumer(ctx, startingAfter(r.seen, r.from))
	if err != nil {
		return nil, err
	}
	r.taken = 0
	return consumer.Messages(jetstream.PullHeartbeat(followHeartbeat))
}

// recognise forgets numbers of messages that say nothing of the stream as it is:
// one made anew counts from 1, and one that lost its end gives the numbers of the
// end once more.
func (r *reader) recognise(info *jetstream.StreamInfo) {
	if !info.Created.Equal(r.created) {
		r.created, r.seen, r.from = info.Created, 0, r.start
	} else if info.State.LastSeq < r.seen {
		r.seen = 0
	}
}

// take hands a message to fn. One that is missing before it is an error.
func (r *reader) take(m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("message of %s: %w", r.subject, err)
	}
	if meta.Sequence.Consumer != r.taken+1 {
		return fmt.Errorf("message of %s: number %d of the consumer was expected, was: %d", r.subject, r.taken+1, meta.Sequence.Consumer)
	}
	r.fn(m.Data())
	r.taken, r.seen, r.from = meta.Sequence.Consumer, meta.Sequence.Stream, meta.Timestamp.Add(1)
	return nil
}
