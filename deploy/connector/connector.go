// Package connector delivers JetStream messages to OpenFaaS functions, at least
// once.
//
// Each configured subject has one durable pull consumer. A message is posted to
// every function whose annotation "topic" names the subject, and acknowledged
// when each of them answered 2xx. A function that fails is tried again with
// growing delays; the others are not called again. After the last try, and at
// once when a function refuses the message for good, the message is stored as a
// dead letter and removed from the consumer. As long as no function takes a
// subject, its messages wait in the stream.
package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// Connector delivers the messages of the configured subjects while Run runs.
type Connector struct {
	config    Config
	log       *slog.Logger
	metrics   *metrics
	random    func() float64
	transport *http.Transport
	directory *directory
	conn      atomic.Pointer[nats.Conn]
}

// New returns a connector that registers its metrics with reg. Random numbers in
// [0, 1) spread the retries and come from random, which must be safe for
// concurrent use.
func New(config Config, log *slog.Logger, reg prometheus.Registerer, random func() float64) (*Connector, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = config.Concurrency * len(config.Topics)
	return &Connector{
		config:    config,
		log:       log.With("part", "connector"),
		metrics:   newMetrics(reg),
		random:    random,
		transport: transport,
		directory: newDirectory(),
	}, nil
}

// Run delivers until ctx ends. Neither NATS nor the gateway need be there: both
// are waited for, and waited for again when they go away. When ctx ends no
// further message is fetched; calls in flight have the configured time to end,
// and messages whose calls did not are handed back to the stream.
//
// Run returns nil after the end of ctx, and an error only where the connection
// to NATS cannot be configured, for instance with an unreadable certificate.
func (c *Connector) Run(ctx context.Context) error {
	conn, err := connect(c.config.NATS, c.log)
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

	calls, cancel := drainContext(ctx, c.config.DrainTimeout)
	defer cancel()
	var parts sync.WaitGroup
	parts.Go(func() { c.watchFunctions(ctx) })
	for _, subject := range c.config.Topics {
		s := c.newSubscription(js, subject)
		parts.Go(func() { s.run(ctx, calls) })
	}
	parts.Wait()
	flush(conn, c.log)
	return nil
}

// drainContext returns a context that outlives ctx by grace.
func drainContext(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return calls, cancel
}

// watchFunctions looks at the gateway's functions at the rebuild interval. It
// logs the beginning and the end of a series of failures.
func (c *Connector) watchFunctions(ctx context.Context) {
	ticker := time.NewTicker(c.config.RebuildInterval)
	defer ticker.Stop()
	failing := false
	for {
		err := c.rebuild(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			c.log.Warn("functions unknown, the last known ones stay", "gateway", c.config.Gateway.URL, "error", err)
		}
		if err == nil && failing {
			c.log.Info("functions known again", "gateway", c.config.Gateway.URL)
		}
		failing = err != nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *Connector) rebuild(ctx context.Context) error {
	functions, err := lookUp(ctx, c.config.Gateway, c.transport)
	if err != nil {
		c.metrics.lookups.WithLabelValues("error").Inc()
		return err
	}
	c.metrics.lookups.WithLabelValues("success").Inc()
	c.takeOver(functions)
	return nil
}

// takeOver replaces the known functions and logs what that changes for the
// subjects.
func (c *Connector) takeOver(functions map[string][]string) {
	first := !c.directory.known()
	before := map[string][]string{}
	for _, subject := range c.config.Topics {
		before[subject] = c.directory.functionsFor(subject)
	}
	c.directory.replace(functions)
	for _, subject := range c.config.Topics {
		after := c.directory.functionsFor(subject)
		c.metrics.follow(subject, before[subject], after)
		if first || !slices.Equal(before[subject], after) {
			c.log.Info("functions that take the subject", "subject", subject, "functions", after)
		}
	}
}

// Ready says with nil that NATS is connected and the functions are known.
func (c *Connector) Ready() error {
	conn := c.conn.Load()
	switch {
	case conn == nil || !conn.IsConnected():
		return errors.New("connector: not connected to NATS")
	case !c.directory.known():
		return errors.New("connector: functions not yet looked up on the gateway")
	}
	return nil
}
