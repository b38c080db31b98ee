// Package bus carries the chain's messages over NATS JetStream: streams are
// created idempotently with limits, a publish waits for its acknowledgement,
// and a message published twice is stored once.
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

// ErrUnavailable means that NATS did not take or give a message in time.
var ErrUnavailable = errors.New("bus: NATS is not available")

// Config says where NATS is and how long the streams keep messages.
type Config struct {
	URL           string
	Name          string // connection name, shown by NATS monitoring
	User          string
	Password      string
	Token         string
	CredsFile     string
	CAFile        string
	Timeout       time.Duration // for one publish or read
	DecisionsAge  time.Duration // how long decisions are kept
	DecisionsSize int           // bytes of decisions kept
}

// ReadConfig reads the keys nats_*. Secrets of these names win over the
// environment: nats-user, nats-password, nats-token.
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

// Bus is a connection to NATS that reconnects for ever.
type Bus struct {
	cfg  Config
	conn *nats.Conn
	js   jetstream.JetStream
}

// Connect returns at once, whether NATS answers or not: a function must start
// while NATS restarts. Calls fail with ErrUnavailable until it does.
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

// Health reports whether the connection stands.
func (b *Bus) Health(context.Context) error {
	if !b.conn.IsConnected() {
		return fmt.Errorf("%w: connection is %v", ErrUnavailable, b.conn.Status())
	}
	return nil
}

// Publish stores body on the subject env.Type and waits for the stream's
// acknowledgement. The same env.ID within the streams' duplicate window is
// stored once. A missing stream is created.
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

func (b *Bus) publish(ctx context.Context, env event.Envelope, body []byte) error {
	_, err := b.js.Publish(ctx, env.Type, body, jetstream.WithMsgID(env.ID), jetstream.WithRetryAttempts(0))
	return err
}

// JetStream returns the JetStream context, for what the bus does not do.
func (b *Bus) JetStream() jetstream.JetStream { return b.js }
