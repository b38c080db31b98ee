//go:build unix

package bench

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"prewarm/deploy/experiment/synthetic"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/process"
	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// chain is the running chain of one size. Its parts are processes, except cron and the
// gateway, which are in this one.
type chain struct {
	opts      Options
	size      Size
	dir       string
	output    io.Writer // of the processes
	log       *slog.Logger
	launcher  *process.Launcher
	platform  *platform.Platform
	gateway   *synthetic.Gateway
	store     *storeProxy
	nats      *natsProcess
	connector *process.Process
	bus       *bus.Bus
	observer  *observer
	began     time.Time // start of cron
	keys      event.Keys
	stop      context.CancelFunc
	running   sync.WaitGroup
}

// Limits of the streams in bytes. The suite's default of the windows is too small for 10,000
// functions whose windows are dense.
const streamBytes = "1073741824"

// scrapes is how often in a step the store scrapes the gateway, as functions/README.md
// recommends.
const scrapes = 4

// start starts everything, imports the history, and then lets cron call the collector. If it
// fails, nothing is left.
func start(ctx context.Context, o Options, size Size, log *slog.Logger, output io.Writer) (*chain, error) {
	c := &chain{opts: o, size: size, log: log, output: output}
	background, stop := context.WithCancel(context.Background())
	c.stop = stop
	if err := c.start(ctx, background); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *chain) start(ctx, background context.Context) (err error) {
	if err := os.MkdirAll(c.opts.State, 0o700); err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp(c.opts.State, "chain-"); err != nil {
		return err
	}
	if c.launcher, err = process.NewLauncher(); err != nil {
		return err
	}
	if c.store, err = newStoreProxy(c.log, func() string { return c.platform.StoreURL() }); err != nil {
		return err
	}
	env := map[string]string{"decisions_max_bytes": streamBytes, "transit_max_bytes": streamBytes}
	maps.Copy(env, c.opts.Env)
	p, err := platform.Start(ctx, platform.Options{
		StateDir: c.dir, Step: c.size.Step, Scrapes: scrapes, NoControllers: true, NoConnectors: true,
		NATS: c.startNATS, Gateway: c.startGateway, EnvOf: c.envOf, Env: env, Logger: c.log,
	})
	if err != nil {
		return err
	}
	c.platform, c.keys = p, event.NewKeys("", p.Key())
	if err := c.gateway.Import(ctx, p.StoreURL()); err != nil {
		return err
	}
	if c.bus, err = p.OpenBus(); err != nil {
		return err
	}
	c.observer = newObserver()
	c.observer.follow(background, c)
	if err := c.startConnector(ctx); err != nil {
		return err
	}
	return c.startCron(background)
}

// startGateway starts the synthetic gateway before the local one.
func (c *chain) startGateway(ctx context.Context, o gateway.Options, _ string) (platform.Gateway, error) {
	listen := o.Listen
	o.Listen = "127.0.0.1:0"
	inner, err := gateway.New(ctx, o)
	if err != nil {
		return nil, err
	}
	began := time.Now().Truncate(c.size.Step).Add(-time.Duration(c.opts.History) * c.size.Step)
	c.gateway, err = synthetic.New(synthetic.Options{
		Traffic: synthetic.Traffic{Functions: c.size.Functions, Step: c.size.Step, Seed: c.opts.Seed},
		Inner:   inner, Listen: listen, Delay: min(startDelay, c.size.Step/10), Began: began, User: o.User, Password: o.Password, Log: c.log,
	})
	if err != nil {
		return nil, errors.Join(err, inner.Close(ctx))
	}
	return c.gateway, nil
}

// startDelay is how long a replica of a synthetic function starts.
const startDelay = 2 * time.Second

// envOf tells each function addresses at which it is counted.
func (c *chain) envOf(function string) map[string]string {
	return map[string]string{"gateway_url": c.as(function), "prometheus_url": c.store.url()}
}

// as returns the address of the gateway for a caller.
func (c *chain) as(caller string) string {
	return "http://" + c.gateway.Addr() + synthetic.CallerPath(caller)
}

// closeGrace bounds the end of a part.
const closeGrace = 10 * time.Second

// close ends everything, in the reverse order of start, and removes the directory.
func (c *chain) close() error {
	c.stop()
	c.running.Wait()
	var errs []error
	if c.connector != nil {
		errs = append(errs, c.connector.Stop(closeGrace))
	}
	if c.bus != nil {
		errs = append(errs, c.bus.Close())
	}
	if c.platform != nil {
		errs = append(errs, c.platform.Close())
	}
	if c.store != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		errs = append(errs, c.store.close(ctx))
	}
	if c.launcher != nil {
		errs = append(errs, c.launcher.Close())
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}
