package connector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/bus"
)

// Headers of a dead letter. The body is the original's.
const (
	HeaderStream   = "Prewarm-Stream"   // the original's stream
	HeaderSequence = "Prewarm-Sequence" // the original's sequence in that stream
	HeaderSubject  = "Prewarm-Subject"  // the original's subject
	HeaderMsgID    = "Prewarm-Msg-Id"   // the original's Nats-Msg-Id, if any
	HeaderFunction = "Prewarm-Function" // the function that did not accept it
	HeaderTries    = "Prewarm-Tries"    // how often the message was delivered
	HeaderStatus   = "Prewarm-Status"   // the last answer's status, 0 if there was none
	HeaderError    = "Prewarm-Error"    // the last error, one line
)

// DeadBytes is the size that NATS reserves for the stream of dead letters.
const DeadBytes = 64 << 20

// Other limits of the stream of dead letters.
const (
	deadAge    = 7 * 24 * time.Hour
	deadWindow = 10 * time.Minute // within which the server drops a second copy of a dead letter
)

// deadLetterStore stores dead letters in a stream of their own.
type deadLetterStore struct {
	js     jetstream.JetStream
	prefix string
	stream string
}

// store stores msg as a dead letter of one function. It returns nil only after the
// server has confirmed the write.
func (s *deadLetterStore) store(msg jetstream.Msg, meta *jetstream.MsgMetadata, r response) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := s.ensureStream(ctx); err != nil {
		return fmt.Errorf("stream of dead letters: %w", err)
	}
	if _, err := s.js.PublishMsg(ctx, s.letter(msg, meta, r), jetstream.WithExpectStream(s.stream)); err != nil {
		return fmt.Errorf("store dead letter on %s.%s: %w", s.prefix, msg.Subject(), err)
	}
	return nil
}

// ensureStream creates the stream if it does not exist.
func (s *deadLetterStore) ensureStream(ctx context.Context) error {
	_, err := bus.EnsureStream(ctx, s.js, jetstream.StreamConfig{
		Name:        s.stream,
		Description: "messages that functions did not accept",
		Subjects:    []string{s.prefix + ".>"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      deadAge,
		MaxBytes:    DeadBytes,
		Duplicates:  deadWindow,
		Storage:     jetstream.FileStorage,
	})
	return err
}

// letter returns the dead letter of a message. Its message id follows from the
// original and the function, so that the server drops the second copy if the
// confirmation of the first was lost.
func (s *deadLetterStore) letter(msg jetstream.Msg, meta *jetstream.MsgMetadata, r response) *nats.Msg {
	sequence := strconv.FormatUint(meta.Sequence.Stream, 10)
	letter := nats.NewMsg(s.prefix + "." + msg.Subject())
	letter.Data = msg.Data()
	letter.Header.Set(jetstream.MsgIDHeader, strings.Join([]string{
		meta.Stream, sequence, strconv.FormatInt(meta.Timestamp.UnixNano(), 10), r.function,
	}, "/"))
	letter.Header.Set(HeaderStream, meta.Stream)
	letter.Header.Set(HeaderSequence, sequence)
	letter.Header.Set(HeaderSubject, msg.Subject())
	letter.Header.Set(HeaderFunction, r.function)
	letter.Header.Set(HeaderTries, strconv.FormatUint(meta.NumDelivered, 10))
	letter.Header.Set(HeaderStatus, strconv.Itoa(r.status))
	letter.Header.Set(HeaderError, r.cause)
	if id := msg.Headers().Get(jetstream.MsgIDHeader); id != "" {
		letter.Header.Set(HeaderMsgID, oneLine(id))
	}
	return letter
}
