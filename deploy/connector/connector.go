// Package connector delivers JetStream messages to OpenFaaS functions, at least
// once.
//
// The connector posts the messages of each configured subject to every function whose
// annotation "topic" names the subject, if the key subscribers allows it. Each subject
// and function has one durable pull consumer, which all connectors share. A message is
// acknowledged when the function answered 2xx. A function that failed is called again,
// with growing delays. The message becomes a dead letter after the last try, or at once
// if the function rejects it (see resultOf). A function that hangs, fails or rejects
// delays no other. Messages wait in the stream while no function receives their subject.
//
// The gateway's list of functions (lookup.go) becomes the subscriptions of a roster
// (roster.go). A subscription fetches messages (subscription.go) from its consumer
// (consumer.go). A delivery calls the function and settles the message (delivery.go).
package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/shared/bus"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Connector delivers the messages of the configured subjects. See Run.
type Connector struct {
	config    Config
	log       *slog.Logger
	metrics   *metrics
	random    func() float64
	transport *http.Transport     // of calls of functions
	lookups   *openfaas.Transport // of lists of functions
	listed    atomic.Bool         // whether a list of functions has ever succeeded
	conn      atomic.Pointer[nats.Conn]
	outage    *bus.Outage
}

// New returns a connector that registers its metrics with reg. random returns
// numbers in [0, 1), which spread the retries; it must be safe for concurrent use.
func New(config Config, log *slog.Logger, reg prometheus.Registerer, random func() float64) (*Connector, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	lookups, err := openfaas.NewTransport(config.Gateway.URL, config.Gateway.TLS)
	if err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	m := newMetrics(reg)
	if config.Keys.None() {
		log.Warn("no signing key: functions take this connector for a stranger, and others can take its place", "secret", event.KeySecret)
	} else {
		m.proves.Set(1)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config.Gateway.TLS.Clone()
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns // the gateway is the only host
	return &Connector{
		config:    config,
		log:       log.With("part", "connector"),
		metrics:   m,
		random:    random,
		transport: transport,
		lookups:   lookups,
		outage:    bus.NewOutage(log.With("part", "connector")),
	}, nil
}

// Run delivers until ctx ends. NATS and the gateway may be unavailable at the
// start and at any later time: Run waits for them. When ctx ends, Run fetches no
// further message and gives calls in flight Config.DrainTimeout to end. It returns
// the messages of calls that did not end to the stream.
//
// Run returns nil after the end of ctx. It returns an error if the connection to
// NATS cannot be configured, for example because the credentials are unreadable, and a
// bus.ErrForeignStream as soon as it finds that a stream of somebody else has the subjects
// of the chain or of the dead letters.
func (c *Connector) Run(ctx context.Context) error {
	conn, err := connect(c.config.NATS, c.outage, c.log)
	if err != nil {
		return fmt.Errorf("connector: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("connector: %w", err)
	}
	c.conn.Store(conn)
	defer c.transport.CloseIdleConnections()

	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	calls, cancel := drainContext(ctx, c.config.DrainTimeout)
	defer cancel()
	r := c.newRoster(js, calls, fail)
	c.watchFunctions(ctx, r)
	r.parts.Wait()
	flush(conn, c.log)
	if err := context.Cause(ctx); errors.Is(err, bus.ErrForeignStream) {
		return fmt.Errorf("connector: %w", err)
	}
	return nil
}

// drainContext returns a context that ends the time grace after ctx.
func drainContext(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return calls, cancel
}

// Ready returns nil if NATS is connected and the functions are known.
func (c *Connector) Ready() error {
	conn := c.conn.Load()
	switch {
	case conn == nil || !conn.IsConnected():
		if cause := c.outage.Cause(); cause != nil {
			return fmt.Errorf("connector: not connected to NATS: %w", cause)
		}
		return errors.New("connector: not connected to NATS")
	case !c.listed.Load():
		return errors.New("connector: the gateway has not listed its functions yet")
	}
	return nil
}
