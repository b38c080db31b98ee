package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of a dead letter. The body is the original's.
const (
	HeaderStream   = "Prewarm-Stream"   // the original's stream
	HeaderSequence = "Prewarm-Sequence" // the original's sequence in that stream
	HeaderSubject  = "Prewarm-Subject"  // the original's subject
	HeaderMsgID    = "Prewarm-Msg-Id"   // the original's Nats-Msg-Id, where it had one
	HeaderFunction = "Prewarm-Function" // the function that did not take it
	HeaderTries    = "Prewarm-Tries"    // how often the message was delivered
	HeaderStatus   = "Prewarm-Status"   // the last answer's status, 0 without an answer
	HeaderError    = "Prewarm-Error"    // the last error, one line
)

// Limits of the stream of dead letters.
const (
	deadAge    = 7 * 24 * time.Hour
	deadBytes  = 64 << 20
	deadWindow = 10 * time.Minute // within which a letter stored twice counts once
)

// graveyard stores dead letters.
type graveyard struct {
	js     jetstream.JetStream
	prefix string
	stream string
}

// bury stores msg as a dead letter of one function and returns nil only when the
// server has confirmed it.
func (g *graveyard) bury(msg jetstream.Msg, meta *jetstream.MsgMetadata, o outcome) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := g.ensureStream(ctx); err != nil {
		return fmt.Errorf("stream of dead letters: %w", err)
	}
	if _, err := g.js.PublishMsg(ctx, g.letter(msg, meta, o), jetstream.WithExpectStream(g.stream)); err != nil {
		return fmt.Errorf("store dead letter on %s.%s: %w", g.prefix, msg.Subject(), err)
	}
	return nil
}

// ensureStream creates the stream where it does not exist. One that does is left
// as it is: its limits may have been set by hand.
func (g *graveyard) ensureStream(ctx context.Context) error {
	_, err := g.js.Stream(ctx, g.stream)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	_, err = g.js.CreateStream(ctx, jetstream.StreamConfig{
		Name:        g.stream,
		Description: "messages that functions did not take",
		Subjects:    []string{g.prefix + ".>"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      deadAge,
		MaxBytes:    deadBytes,
		Duplicates:  deadWindow,
		Storage:     jetstream.FileStorage,
	})
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil // somebody else was faster
	}
	return err
}

// letter has a message id of its own, so that a letter whose confirmation was
// lost is not stored twice.
func (g *graveyard) letter(msg jetstream.Msg, meta *jetstream.MsgMetadata, o outcome) *nats.Msg {
	sequence := strconv.FormatUint(meta.Sequence.Stream, 10)
	letter := nats.NewMsg(g.prefix + "." + msg.Subject())
	letter.Data = msg.Data()
	letter.Header.Set(jetstream.MsgIDHeader, strings.Join([]string{
		meta.Stream, sequence, strconv.FormatInt(meta.Timestamp.UnixNano(), 10), o.function,
	}, "/"))
	letter.Header.Set(HeaderStream, meta.Stream)
	letter.Header.Set(HeaderSequence, sequence)
	letter.Header.Set(HeaderSubject, msg.Subject())
	letter.Header.Set(HeaderFunction, o.function)
	letter.Header.Set(HeaderTries, strconv.FormatUint(meta.NumDelivered, 10))
	letter.Header.Set(HeaderStatus, strconv.Itoa(o.status))
	letter.Header.Set(HeaderError, o.cause)
	if id := msg.Headers().Get(jetstream.MsgIDHeader); id != "" {
		letter.Header.Set(HeaderMsgID, oneLine(id))
	}
	return letter
}
