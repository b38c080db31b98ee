// Package bus carries the messages of the chain over NATS JetStream.
//
// Publish stores a message in the stream of its type and waits for the
// acknowledgement; a message that is published twice is stored once. Replay reads a
// stream to its end, Follow also reads every new message. Paused and SetPaused are
// the operator's pause switch, Modes, SetMode and ClearMode the modes that the operator has
// set. Streams and buckets are created when they are missing, with limits on age and size,
// and stay as they are otherwise.
//
// Every call works again as soon as NATS does: the connection reconnects for ever.
//
// A stream of somebody else that has the subjects of the chain is never used, see
// ErrForeignStream.
package bus

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/config"
	"prewarm/shared/event"
)

// ErrUnavailable means that NATS did not store or deliver a message in time. The call
// may succeed later.
var ErrUnavailable = errors.New("bus: NATS is not available")

// Config of a Bus. Empty credentials and files are not used.
type Config struct {
	URL           string     // or several, separated by commas
	Name          string     // of the connection, shown by the monitoring of NATS
	Keys          event.Keys // sign modes and the pause; not needed by a program that uses neither
	User          string
	Password      string
	Token         string
	CredsFile     string        // with a JWT and an NKey seed
	TLS           *tls.Config   // certificates; with them, the server must speak TLS
	Timeout       time.Duration // of one publish or fetch
	DecisionsAge  time.Duration // how long decisions are kept
	DecisionsSize int           // bytes of decisions that are kept
	TransitSize   int           // bytes of windows that are kept, and of forecasts; 0 for DefaultTransitSize
	Replicas      int           // copies of each new stream and bucket in a cluster of servers, 0 for 1
	Shards        int           // parts into which the functions are split, 0 for 1
	Log           *slog.Logger  // of failed connects, nil for slog.Default()
}

// ReadConfig reads the keys nats_*, decisions_max_age, decisions_max_bytes, transit_max_bytes
// and shards. The secrets nats-user, nats-password and nats-token take precedence over
// the keys nats_user, nats_password and nats_token. The certificates are nats-ca, nats-cert
// and nats-key.
func ReadConfig(r *config.Reader) Config {
	secret := func(name, key string) string {
		if v := r.OptionalSecret(name); v != "" {
			return v
		}
		return r.String(key, "")
	}
	address := r.URLs("nats_url", "nats://nats.openfaas:4222", "nats", "tls")
	return Config{
		URL:           address,
		User:          secret("nats-user", "nats_user"),
		Password:      secret("nats-password", "nats_password"),
		Token:         secret("nats-token", "nats_token"),
		CredsFile:     r.String("nats_creds_file", ""),
		TLS:           r.TLS("nats", address),
		Timeout:       r.Duration("nats_timeout", 5*time.Second, 100*time.Millisecond, time.Minute),
		DecisionsAge:  r.Duration("decisions_max_age", 7*24*time.Hour, time.Minute, 90*24*time.Hour),
		DecisionsSize: r.Int("decisions_max_bytes", 1<<30, 1<<20, 1<<40),
		TransitSize:   r.Int("transit_max_bytes", DefaultTransitSize, 4<<20, 1<<40),
		Replicas:      r.Int("nats_replicas", 1, 1, 5),
		Shards:        event.ReadShards(r),
	}
}

// Bus is a connection to NATS. It is safe for concurrent use.
type Bus struct {
	cfg    Config
	conn   *nats.Conn
	js     jetstream.JetStream
	outage *Outage

	failures *prometheus.CounterVec // publishes that failed, by subject and cause
	modes    *bucket[event.Mode]
	control  *bucket[event.Pause]
	compared sync.Map              // names of the streams whose differences are logged
	foreign  atomic.Pointer[error] // the ErrForeignStream that was sent to failed
	failed   chan error
}

// Connect returns at once, whether NATS answers or not: a function must be able to
// start while NATS restarts. Until NATS answers, calls fail with ErrUnavailable. The
// error is one of the configuration, such as an unreadable file.
func Connect(cfg Config) (*Bus, error) {
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	outage := NewOutage(cfg.Log)
	failed := nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { outage.Note(err) })
	conn, err := nats.Connect(cfg.URL, append(cfg.options(), failed)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	b := &Bus{
		cfg: cfg, conn: conn, js: js, outage: outage, failed: make(chan error, 1),
		failures: newFailures(), modes: newModes(cfg), control: newControl(cfg),
	}
	go b.watch(conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.CLOSED))
	return b, nil
}

// options returns the options of the connection. There is no buffer for messages that
// are published while NATS is away: Publish must fail at once, so that its caller tries
// again.
func (c Config) options() []nats.Option {
	opts := []nats.Option{
		nats.Name(c.Name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(), // an operator may correct the credentials on the server
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
	if c.TLS != nil {
		opts = append(opts, nats.Secure(c.TLS))
	}
	return opts
}

// Close ends the connection.
func (b *Bus) Close() error {
	b.conn.Close()
	return nil
}

// Health returns an error if the connection is down, or the streams are not those of the
// chain.
func (b *Bus) Health(context.Context) error {
	if err := b.foreign.Load(); err != nil {
		return *err
	}
	return b.connection()
}

// JetStream returns the JetStream context, for administration of the streams.
func (b *Bus) JetStream() jetstream.JetStream { return b.js }
