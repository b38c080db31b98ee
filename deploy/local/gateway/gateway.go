//go:build unix

// Package gateway is an OpenFaaS-compatible gateway and provider for one machine
// without containers. It has the REST API, invocation, scaling, secrets, logs and
// metrics of OpenFaaS, with operating system processes as replicas.
//
// A call takes these steps: invoke finds the function, its pool assigns a replica, for
// which the call may have to wait, a reverse proxy sends the request, and the end of the
// answer releases the replica and counts the call. A wait because no replica is ready is
// a cold start.
//
// Three things scale a function: requests to scale-function, alerts, and a call that finds
// it at zero. The edition bounds them. As in OpenFaaS, the gateway scales nothing to zero by
// itself: controllers outside of it do.
//
// Deployments, counts and secrets are kept in the state directory. A gateway that is
// started again with it has the same functions at the same scale.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/local/replica"
)

// Namespace is the only namespace of functions.
const Namespace = "openfaas-fn"

// Options configures a gateway. Images, StateDir, User and Password are required.
type Options struct {
	Listen   string  // loopback address, default "127.0.0.1:0"
	Edition  Edition // default Standard
	User     string  // of the basic authentication of /system
	Password string
	StateDir string // holds deployments, secrets, and working directories of functions
	Images   Images // finds the programs that deployments name

	// JetStream carries asynchronous calls. If it is nil, /async-function answers 501.
	JetStream    jetstream.JetStream
	AsyncWorkers int // asynchronous calls in progress at a time, default 16

	Logger   *slog.Logger         // default slog.Default
	Now      func() time.Time     // clock of accounting and logs, default time.Now
	Registry *prometheus.Registry // of /metrics, default a new one

	ServicePoll  time.Duration // refresh of gateway_service_count, default 5 s
	WaitPatience time.Duration // longest time that a call waits for a replica, default 2 min
	LogTimeout   time.Duration // longest time a reader may follow logs, default 65 s
	Release      string        // version that /system/info names, default "dev"
}

// Gateway serves the API. It owns the processes of its replicas: when Close returns,
// none is left. Lock changes before mu.
type Gateway struct {
	opts      Options
	log       *slog.Logger
	now       func() time.Time
	listener  net.Listener
	server    *http.Server
	launcher  *replica.Launcher
	transport *http.Transport
	metrics   *metrics
	secrets   secretStore
	queues    *queues // nil without JetStream

	stop       context.CancelFunc // ends the background loops
	background sync.WaitGroup
	dirty      chan struct{} // holds a value if a desired count has changed since the last save
	closing    sync.Once

	changes   sync.Mutex // serialises deploy, update, delete and save
	mu        sync.RWMutex
	functions map[string]*function
	leaving   []*function // deleted, but their requests may not have ended
}

// New validates the options, listens, restores the functions in the state directory
// and starts their replicas. ctx bounds the start only. Requests are answered once
// Serve is called.
func New(ctx context.Context, opts Options) (*Gateway, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		opts:      opts,
		log:       opts.Logger,
		now:       opts.Now,
		transport: newTransport(),
		secrets:   secretStore{dir: secretsDir(opts.StateDir)},
		dirty:     make(chan struct{}, 1),
		functions: map[string]*function{},
	}
	// Close also releases the parts that open has acquired before the error.
	if err := g.open(ctx); err != nil {
		return nil, errors.Join(err, g.Close(ctx))
	}
	return g, nil
}

// open acquires all that Close releases. The metrics come first: if another gateway uses the
// registry, nothing has been started yet. The port is taken before restore, so that a second
// gateway on the same address fails before it starts a replica.
func (g *Gateway) open(ctx context.Context) error {
	m := newMetrics(g)
	if err := m.register(g.opts.Registry); err != nil {
		return err
	}
	g.metrics = m
	err := g.secrets.prepare()
	if err != nil {
		return err
	}
	if g.launcher, err = replica.NewLauncher(); err != nil {
		return err
	}
	if g.listener, err = net.Listen("tcp", g.opts.Listen); err != nil {
		return err
	}
	if g.opts.JetStream != nil {
		if g.queues, err = newQueues(ctx, g); err != nil {
			return err
		}
	}
	if err := g.restore(); err != nil {
		return err
	}
	g.server = g.newServer()
	// Last, because a save during restore would drop the functions that are not yet restored.
	g.startLoops()
	return nil
}

// newServer returns the HTTP server. It has no read or write timeout: calls and followed
// logs have bounds of their own, which differ. Errors of single connections, such as a
// client that disconnects, are usual and therefore logged at debug level.
func (g *Gateway) newServer() *http.Server {
	return &http.Server{
		Handler:           g.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
}

// startLoops starts the background work. Its context is not that of New, which
// bounds the start only.
func (g *Gateway) startLoops() {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	g.background.Go(func() { g.every(ctx, g.opts.ServicePoll, g.metrics.pollReplicas) })
	g.background.Go(func() { g.saveChanges(ctx) })
	if g.queues != nil {
		g.queues.run(ctx)
		if g.opts.Edition == Standard {
			g.background.Go(func() { g.every(ctx, g.opts.ServicePoll, func() { g.metrics.pollQueues(ctx) }) })
		}
	}
}

// every calls do at once and then in each period, until the context ends.
// A call that takes longer than the period delays the next one; missed ticks are dropped.
func (g *Gateway) every(ctx context.Context, period time.Duration, do func()) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Addr returns the host:port at which the gateway listens.
func (g *Gateway) Addr() string { return g.listener.Addr().String() }

// Processes returns the processes of all replicas, oldest first.
func (g *Gateway) Processes() []replica.Process { return g.launcher.Processes() }

// Serve answers requests until Close; it then returns nil.
func (g *Gateway) Serve() error {
	err := g.server.Serve(g.listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
