// Package bus carries the messages of the chain over NATS JetStream.
//
// Publish stores a message in the stream of its type and waits for the
// acknowledgement; a message that is published twice is stored once. Replay reads a
// stream to its end, Follow also reads every new message. Paused and SetPaused are
// the operator's pause switch. Streams are created when they are missing, with limits
// on age and size.
//
// Every call works again as soon as NATS does: the connection reconnects for ever.
package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

// ErrUnavailable means that NATS did not store or deliver a message in time. The call
// may succeed later.
var ErrUnavailable = errors.New("bus: NATS is not available")

// Config of a Bus. Empty credentials and files are not used.
type Config struct {
	URL           string
	Name          string // of the connection, shown by the monitoring of NATS
	User          string
	Password      string
	Token         string
	CredsFile     string        // with a JWT and an NKey seed
	CAFile        string        // certificates of the server's authority
	Timeout       time.Duration // of one publish or fetch
	DecisionsAge  time.Duration // how long decisions are kept
	DecisionsSize int           // bytes of decisions that are kept
}

// ReadConfig reads the keys nats_*, decisions_max_age and decisions_max_bytes. The
// secrets nats-user, nats-password and nats-token take precedence over the keys
// nats_user, nats_password and nats_token.
func ReadConfig(r *config.Reader) Config {
	secret := func(name, key string) string {
		if v := r.OptionalSecret(name); v != "" {
			return v
		}
		return r.String(key, "")
	}
	return Config{
		URL:           r.URL("nats_url", "nats://nats.openfaas:4222", "nats", "tls"),
		User:          secret("nats-user", "nats_user"),
		Password:      secret("nats-password", "nats_password"),
		Token:         secret("nats-token", "nats_token"),
		CredsFile:     r.String("nats_creds_file", ""),
		CAFile:        r.String("nats_ca_file", ""),
		Timeout:       r.Duration("nats_timeout", 5*time.Second, 100*time.Millisecond, time.Minute),
		DecisionsAge:  r.Duration("decisions_max_age", 7*24*time.Hour, time.Minute, 90*24*time.Hour),
		DecisionsSize: r.Int("decisions_max_bytes", 1<<30, 1<<20, 1<<40),
	}
}

// Bus is a connection to NATS. It is safe for concurrent use.
type Bus struct {
	cfg  Config
	conn *nats.Conn
	js   jetstream.JetStream
}

// Connect returns at once, whether NATS answers or not: a function must be able to
// start while NATS restarts. Until NATS answers, calls fail with ErrUnavailable. The
// error is one of the configuration, such as an unreadable file.
func Connect(cfg Config) (*Bus, error) {
	conn, err := nats.Connect(cfg.URL, cfg.options()...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	return &Bus{cfg: cfg, conn: conn, js: js}, nil
}

// options returns the options of the connection. There is no buffer for messages that
// are published while NATS is away: Publish must fail at once, so that its caller tries
// again.
func (c Config) options() []nats.Option {
	opts := []nats.Option{
		nats.Name(c.Name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectBufSize(-1),
	}
	if c.User != "" {
		opts = append(opts, nats.UserInfo(c.User, c.Password))
	}
	if c.Token != "" {
		opts = append(opts, nats.Token(c.Token))
	}
	if c.CredsFile != "" {
		opts = append(opts, nats.UserCredentials(c.CredsFile))
	}
	if c.CAFile != "" {
		opts = append(opts, nats.RootCAs(c.CAFile))
	}
	return opts
}

// Close ends the connection.
func (b *Bus) Close() error {
	b.conn.Close()
	return nil
}

// Health returns an error if the connection is down.
func (b *Bus) Health(context.Context) error {
	if !b.conn.IsConnected() {
		return fmt.Errorf("%w: connection is %v", ErrUnavailable, b.conn.Status())
	}
	return nil
}

// Publish stores body under the subject env.Type and waits for the acknowledgement of
// the stream, which it creates if it is missing. A message with the same env.ID within
// ten minutes is stored once.
func (b *Bus) Publish(ctx context.Context, env event.Envelope, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	err := b.publish(ctx, env, body)
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		if err = b.EnsureStreams(ctx); err == nil {
			err = b.publish(ctx, env, body)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: publish %s: %w", ErrUnavailable, env.ID, err)
	}
	return nil
}

// publish is Publish without the creation of the stream. It does not retry: the caller
// does, since it knows the timeout.
func (b *Bus) publish(ctx context.Context, env event.Envelope, body []byte) error {
	_, err := b.js.Publish(ctx, env.Type, body, jetstream.WithMsgID(env.ID), jetstream.WithRetryAttempts(0))
	return err
}

// JetStream returns the JetStream context, for administration of the streams.
func (b *Bus) JetStream() jetstream.JetStream { return b.js }
