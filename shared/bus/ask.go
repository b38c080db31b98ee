package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// Replicas of a part speak to each other over plain subjects, which no stream has: Tell reaches
// all that hear it at this moment, Ask the one that answers. What they say is proven by its
// content alone, such as a signed batch.

// Ask sends body to the replica that answers the subject, and returns its answer. The error
// wraps ErrNotOwner if there is none, and ErrUnavailable otherwise.
func (b *Bus) Ask(ctx context.Context, subject string, body []byte) ([]byte, error) {
	reply, err := b.conn.RequestWithContext(ctx, subject, body)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%w: nobody answers %s", ErrNotOwner, subject)
	case err != nil:
		return nil, fmt.Errorf("%w: ask %s: %w", ErrUnavailable, subject, b.explain(ctx, err))
	}
	return reply.Data, nil
}

// Tell sends body to all replicas that hear the subject. It may be lost.
func (b *Bus) Tell(subject string, body []byte) error {
	if err := b.conn.Publish(subject, body); err != nil {
		return fmt.Errorf("%w: tell %s: %w", ErrUnavailable, subject, err)
	}
	return nil
}

// Hear calls fn with each message of the subject until stop is called, at most places of them
// at a time, and answers with what fn returns, if the sender asks. More messages than waiting
// are dropped. NATS may be away.
func (b *Bus) Hear(subject string, places int, fn func(body []byte) []byte) (stop func(), err error) {
	free := make(chan struct{}, places)
	sub, err := b.conn.Subscribe(subject, func(m *nats.Msg) {
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			if answer := fn(m.Data); m.Reply != "" {
				_ = m.Respond(answer) // the sender asks again
			}
		}()
	})
	if err != nil {
		return nil, fmt.Errorf("hear %s: %w", subject, err)
	}
	_ = sub.SetPendingLimits(heardLimit, heardBytes) // fails for a closed subscription alone
	return func() { _ = sub.Unsubscribe() }, nil
}

// Bounds of what waits for a place.
const (
	heardLimit = 64       // messages
	heardBytes = 16 << 20 // bytes
)
