// Package connector delivers JetStream messages to OpenFaaS functions, at least
// once.
//
// Each configured subject has one durable pull consumer. The connector posts a
// message to every function whose annotation "topic" names the subject. It
// acknowledges the message after each function answered 2xx. It calls a function
// that failed again, with growing delays, and does not call the others again. A
// message becomes a dead letter after the last try, or at once if a function
// rejects it (see resultOf). Messages wait in the stream while no function has
// their subject as topic.
//
// A subscription per subject fetches messages (subscription.go). A delivery calls
// the functions and settles the message (delivery.go). The directory holds the
// functions of each topic (directory.go).
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

	"prewarm/shared/bus"
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
	directory *directory
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
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config.Gateway.TLS.Clone()
	transport.MaxIdleConnsPerHost = config.Concurrency * len(config.Topics)
	return &Connector{
		config:    config,
		log:       log.With("part", "connector"),
		metrics:   newMetrics(reg),
		random:    random,
		transport: transport,
		lookups:   lookups,
		directory: newDirectory(),
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
	var parts sync.WaitGroup
	parts.Go(func() { c.watchFunctions(ctx) })
	for _, subject := range c.config.Topics {
		s := c.newSubscription(js, subject)
		parts.Go(func() {
			if err := s.run(ctx, calls); errors.Is(err, bus.ErrForeignStream) {
				fail(err) // no retry repairs it, and an operator must see it
			}
		})
	}
	parts.Wait()
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

// watchFunctions lists the gateway's functions every Config.RebuildInterval. It
// logs the first failure of a series and the first success after it, so that an
// outage of an hour is two lines.
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
			c.log.Warn("cannot list functions, the last list stays in use", "gateway", c.config.Gateway.URL, "error", err)
		}
		if err == nil && failing {
			c.log.Info("functions listed again", "gateway", c.config.Gateway.URL)
		}
		failing = err != nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// rebuild replaces the directory by what the gateway lists now. On an error the
// directory keeps what it has: no data is not zero functions.
func (c *Connector) rebuild(ctx context.Context) error {
	gateway := c.config.Gateway
	gateway.URL = c.lookups.Root.String() // the transport adds the path
	functions, err := lookUp(ctx, gateway, c.lookups)
	if err != nil {
		c.metrics.lookups.WithLabelValues("error").Inc()
		return err
	}
	c.metrics.lookups.WithLabelValues("success").Inc()
	c.replaceFunctions(functions)
	return nil
}

// replaceFunctions replaces the directory and logs each subject whose functions
// changed.
func (c *Connector) replaceFunctions(functions map[string][]string) {
	first := !c.directory.known()
	before := map[string][]string{}
	for _, subject := range c.config.Topics {
		before[subject] = c.directory.functionsFor(subject)
	}
	c.directory.replace(functions)
	for _, subject := range c.config.Topics {
		after := c.directory.functionsFor(subject)
		c.metrics.update(subject, before[subject], after)
		if first || !slices.Equal(before[subject], after) {
			c.log.Info("functions of the subject", "subject", subject, "functions", after)
		}
	}
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
	case !c.directory.known():
		return errors.New("connector: the gateway has not listed its functions yet")
	}
	return nil
}
