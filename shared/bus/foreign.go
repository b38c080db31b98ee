package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// ErrForeignStream means that a stream which is not the chain's has a subject of the
// chain. No message is published into it or read from it: its limits are those of
// somebody else, and so may be its messages.
var ErrForeignStream = errors.New("bus: another stream has the subjects of prewarm")

// Codes of errors of the JetStream API that nats.go does not name.
const (
	codeOtherStream jetstream.ErrorCode = 10060 // the expected stream does not match
	codeOverlap     jetstream.ErrorCode = 10065 // the subjects overlap with an existing stream
	codeNoStorage   jetstream.ErrorCode = 10047 // the limits of all streams exceed the storage
	codeNoReplicas  jetstream.ErrorCode = 10074 // copies need a cluster of servers
)

// StreamOf returns the name of the stream for a subject of the chain, also for that of a
// shard, and "" for any other subject.
func StreamOf(subject string) string {
	switch event.TypeOf(subject) {
	case event.TypeWindows:
		return StreamWindows
	case event.TypeForecasts:
		return StreamForecasts
	case event.TypeDecisions:
		return StreamDecisions
	}
	return ""
}

// CheckStream returns an ErrForeignStream if the subject is of the chain and a stream other
// than StreamOf has it. A missing stream is no error. Any other error means that NATS did
// not answer.
func CheckStream(ctx context.Context, js jetstream.JetStream, subject string) error {
	if own := StreamOf(subject); own != "" {
		return CheckSubject(ctx, js, subject, own)
	}
	return nil
}

// CheckSubject returns an ErrForeignStream if a stream other than own has the subject, which
// may have wildcards. Otherwise it is CheckStream.
func CheckSubject(ctx context.Context, js jetstream.JetStream, subject, own string) error {
	name, err := js.StreamNameBySubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound), err == nil && name == own:
		return nil
	case err != nil:
		return fmt.Errorf("%w: find the stream of %s: %w", ErrUnavailable, subject, err)
	}
	subjects := "unknown subjects"
	if stream, err := js.Stream(ctx, name); err == nil { // the name alone is enough to refuse
		subjects = strings.Join(stream.CachedInfo().Config.Subjects, ", ")
	}
	return fmt.Errorf("%w: stream %.100q with subjects %.200q has %s, which stream %s needs: take the subject from %.100q (nats stream edit), or give prewarm a NATS account of its own",
		ErrForeignStream, name, subjects, subject, own, name)
}

// checkStreams is CheckStream for all subjects of the chain.
func (b *Bus) checkStreams(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	for _, s := range b.cfg.streams() {
		for _, subject := range s.Subjects {
			if err := CheckSubject(ctx, b.js, subject, s.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain adds the cause to an error of NATS: the ErrForeignStream if a message or a stream
// was refused because of another stream, or why there is no connection.
func (b *Bus) explain(ctx context.Context, err error) error {
	cause := b.connection()
	var refused jetstream.JetStreamError
	if errors.As(err, &refused) && refused.APIError() != nil {
		if code := refused.APIError().ErrorCode; code == codeOtherStream || code == codeOverlap {
			cause = b.checkStreams(ctx)
			b.fail(cause)
		}
	}
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Failed returns a channel that receives one ErrForeignStream if the streams of the chain
// are not its own. A program must then end, so that its operator sees the error. The
// streams are checked as soon as NATS answers, after every reconnect, and if NATS refuses
// a message or a stream.
func (b *Bus) Failed() <-chan error { return b.failed }

// fail sends an ErrForeignStream to Failed, the first one only, and reports whether err is
// one.
func (b *Bus) fail(err error) bool {
	if !errors.Is(err, ErrForeignStream) {
		return false
	}
	if b.foreign.CompareAndSwap(nil, &err) {
		b.failed <- err
	}
	return true
}
