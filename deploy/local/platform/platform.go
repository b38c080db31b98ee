package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"prewarm/deploy/buildcontext"
	"prewarm/deploy/local/store"
)

// Platform is a running local OpenFaaS. NATS, gateway and store can be stopped and
// started again one by one; they keep ports, credentials and data.
type Platform struct {
	opts   Options
	log    *slog.Logger
	key    string // signs the messages of the suite
	images []buildcontext.Image
	binary string // of the store

	mu      sync.Mutex
	nats    NATS
	gateway Gateway
	store   *store.Store
	address addresses // the same after a restart; read by addresses()

	conn       *nats.Conn
	stopLoops  context.CancelFunc
	background sync.WaitGroup
}

// Start builds the programs, starts every part, deploys the suite and returns when its
// functions are ready. ctx bounds the start only; Close ends the platform. If Start
// fails, nothing is left running.
func Start(ctx context.Context, opts Options) (*Platform, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Platform{opts: opts, log: opts.Logger}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// start starts the parts in the order of their dependencies. If one fails, Close stops those
// before it.
func (p *Platform) start(ctx context.Context) error {
	if err := p.prepare(); err != nil {
		return err
	}
	if err := p.build(ctx); err != nil {
		return err
	}
	// NATS first: the gateway needs it for asynchronous calls, the suite for its
	// streams. The store needs the address of the gateway.
	for _, part := range []struct {
		name  string
		start func(context.Context) error
	}{
		{"start NATS", p.StartNATS}, {"connect to NATS", p.connect}, {"create the streams", p.ensureStreams},
		{"start the gateway", p.StartGateway}, {"start the store", p.StartStore},
	} {
		if err := p.step(part.name, func() error { return part.start(ctx) }); err != nil {
			return err
		}
	}
	if err := p.writeStackEnv(); err != nil {
		return err
	}
	if err := p.step("deploy the suite", func() error { return p.deploySuite(ctx) }); err != nil {
		return err
	}
	return p.startLoops() // the connector finds the functions at its first look
}

// tasks is how many tasks start shows, beside the builds of functions.
const tasks = 7

// step shows one task of the start.
func (p *Platform) step(name string, do func() error) error {
	end := p.opts.Progress.Begin(name)
	err := do()
	end()
	return err
}

// prepare makes the state directory and the secrets, and sets the addresses.
// A password in the options is not kept: the next start needs it again.
func (p *Platform) prepare() (err error) {
	if err := os.MkdirAll(p.opts.StateDir, 0o700); err != nil {
		return err
	}
	if p.opts.Password == "" {
		if p.opts.Password, err = keep(p.opts.StateDir, "gateway-password"); err != nil {
			return err
		}
	}
	p.key, err = keep(p.opts.StateDir, "hmac-key")
	p.address.nats = fmt.Sprintf("127.0.0.1:%d", p.opts.NATSPort)
	p.address.gateway = fmt.Sprintf("127.0.0.1:%d", p.opts.GatewayPort)
	p.address.store = fmt.Sprintf("127.0.0.1:%d", p.opts.StorePort)
	return err
}

// build builds the functions and the store at the same time.
func (p *Platform) build(ctx context.Context) error {
	p.log.Info("building the functions and the store: minutes the first time, seconds afterwards")
	p.opts.Progress.Add(tasks)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		p.images, err = buildcontext.Build(ctx, buildcontext.Options{StackFiles: stackFiles, Progress: p.opts.Progress})
		return err
	})
	group.Go(func() error {
		return p.step("build the store (VictoriaMetrics)", func() (err error) {
			p.binary, err = store.Build(ctx, ".bin")
			return err
		})
	})
	return group.Wait()
}

// connect opens the connection to NATS that the gateway uses for asynchronous calls.
func (p *Platform) connect(context.Context) (err error) {
	// No bound of reconnects: NATS can be stopped and started again under the gateway.
	p.conn, err = nats.Connect(p.NATSURL(), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	return err
}

// ensureStreams makes the streams of the suite before the connector needs them.
func (p *Platform) ensureStreams(ctx context.Context) error {
	b, err := p.OpenBus()
	if err != nil {
		return err
	}
	defer b.Close()
	return b.EnsureStreams(ctx)
}

// startLoops starts the connectors, the flush of the store and the controllers.
func (p *Platform) startLoops() error {
	// The context of Start bounds the start only; the loops run until Close.
	ctx, stop := context.WithCancel(context.Background())
	p.stopLoops = stop
	if err := p.startConnectors(ctx); err != nil {
		return err
	}
	p.loop("flush", func() error { return p.flushLoop(ctx) })
	return p.startControllers(ctx)
}

// loop runs a part in the background until Close, and logs an error that ends it.
func (p *Platform) loop(name string, run func() error) {
	p.background.Go(func() {
		if err := run(); err != nil && !errors.Is(err, context.Canceled) {
			p.log.Error("part of the platform ended", "part", name, "error", err)
		}
	})
}

// closeGrace bounds how long calls in flight may take when the platform ends.
const closeGrace = 10 * time.Second

// Close ends every part in the reverse order of Start. No process is left then.
func (p *Platform) Close() error {
	// The connectors end first: they call the gateway.
	if p.stopLoops != nil {
		p.stopLoops()
	}
	err := p.StopGateway() // ends Serve, which runs in the background
	p.background.Wait()
	p.StopStore()
	if p.conn != nil {
		p.conn.Close()
	}
	p.StopNATS()
	return err
}
