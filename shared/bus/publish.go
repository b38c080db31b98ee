package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/event"
)

// Causes of publishes that failed, a label of prewarm_publish_failures_total.
const (
	causeRefused     = "refused"     // JetStream answered with an error, such as a limit of the server
	causeUnavailable = "unavailable" // no answer: no connection, or a stream that cannot be written
)

// errSilent is what a publisher sees of a stream that JetStream cannot write: the server
// answers with nothing, and goes on so until it restarts.
//
// Source: nats-io/nats-server 2.15, server/stream.go, processJetStreamMsg.
var errSilent = errors.New("NATS is connected and does not store the message: see /healthz of its server, its disk may be or have been full")

// newFailures returns the counter of publishes that failed.
func newFailures() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "prewarm_publish_failures_total",
		Help: "Messages that NATS did not store, by cause: refused (JetStream answered with an error) or unavailable (no answer).",
	}, []string{"subject", "cause"})
}

// Failures returns the metric prewarm_publish_failures_total, for the registry of a program
// that publishes to subject. Its counters begin at 0: one that begins at 1 shows no increase.
func (b *Bus) Failures(subject string) prometheus.Collector {
	for _, cause := range []string{causeRefused, causeUnavailable} {
		b.failures.WithLabelValues(subject, cause)
	}
	return b.failures
}

// causeOf returns the cause of a publish that failed.
func causeOf(err error) string {
	var refused jetstream.JetStreamError
	if errors.As(err, &refused) && refused.APIError() != nil {
		return causeRefused
	}
	return causeUnavailable
}

// Publish stores body under the subject env.Subject, or else env.Type, and waits for the acknowledgement of
// the stream, which it creates if it is missing. A message with the same env.ID and content
// within ten minutes is stored once. Other content is another message: a clock that was ahead
// may have given its ID to the one before.
func (b *Bus) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	err := b.publish(ctx, env, body)
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		if err = b.EnsureStreams(ctx); err == nil {
			err = b.publish(ctx, env, body)
		}
	}
	if err == nil {
		return nil
	}
	b.failures.WithLabelValues(env.Type, causeOf(err)).Inc()
	err = b.explain(ctx, err)
	if errors.Is(err, context.DeadlineExceeded) && b.conn.IsConnected() {
		err = fmt.Errorf("%w: %w", errSilent, err)
	}
	return fmt.Errorf("%w: publish %s: %w", ErrUnavailable, env.ID, err)
}

// publish is Publish without the creation of the stream. It does not retry: the caller
// does, since it knows the timeout. The only headers are those of NATS and that of the trace,
// which CheckTrace bounds.
func (b *Bus) publish(ctx context.Context, env event.Envelope, body []byte) error {
	opts := []jetstream.PublishOpt{jetstream.WithMsgID(env.ID + "#" + env.Digest()), jetstream.WithRetryAttempts(0)}
	subject := cmp.Or(env.Subject, env.Type)
	if stream := StreamOf(subject); stream != "" {
		opts = append(opts, jetstream.WithExpectStream(stream)) // NATS refuses the message if another stream has its subject
	}
	msg := &nats.Msg{Subject: subject, Data: body}
	if trace := event.CheckTrace(env.Trace); trace != "" {
		msg.Header = nats.Header{event.TraceHeader: {trace}}
	}
	_, err := b.js.PublishMsg(ctx, msg, opts...)
	return err
}
