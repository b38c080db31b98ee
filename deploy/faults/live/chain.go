//go:build unix

// Package live is the level "platform" of the fault suite: it runs the whole chain with real
// processes on the local platform, and breaks it. Store, NATS, gateway, connectors and
// functions are processes that it kills and stops, with a proxy between each two of them.
//
// It finds processes in /proc, so that their faults have an effect on Linux only.
package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"prewarm/deploy/faults/invariant"
	"prewarm/deploy/faults/link"
	"prewarm/deploy/faults/schedule"
	"prewarm/deploy/local/platform"
	"prewarm/deploy/local/process"
	"prewarm/shared/bus"
	"prewarm/shared/event"
)

// Options configure a chain.
type Options struct {
	Seed   uint64 // of the traffic
	Step   time.Duration
	Dir    string    // for all that the chain writes; removed by Close
	Output io.Writer // of the processes
}

// Chain is the running chain.
type Chain struct {
	opts     Options
	platform *platform.Platform
	launcher *process.Launcher
	children map[schedule.Part]*child
	links    map[linkName]*link.Proxy
	ports    struct{ nats, gateway, store int }
	disk     *disk
	bus      *bus.Bus
	keys     event.Keys

	stop       context.CancelFunc
	background sync.WaitGroup

	calling atomic.Bool // functions are called

	mu      sync.Mutex
	log     invariant.Log
	checked int64 // the first step that is not checked yet, Unix seconds
}

// Start starts everything, deploys the functions, and returns when each is decided with known
// counts. If it fails, nothing is left.
func Start(ctx context.Context, o Options) (*Chain, error) {
	c := &Chain{opts: o, children: map[schedule.Part]*child{}, links: map[linkName]*link.Proxy{}, log: invariant.Log{Step: o.Step}}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Chain) start(ctx context.Context) (err error) {
	if c.launcher, err = process.NewLauncher(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.opts.Dir, 0o700); err != nil {
		return err
	}
	c.disk = newDisk(filepath.Join(c.opts.Dir, "nats"))
	if err := c.openLinks(); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.Background())
	c.stop = stop
	if c.platform, err = platform.Start(ctx, c.platformOptions()); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{c.startConnector, c.startCron, c.deploy, c.openBus} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	c.follow(background)
	c.traffic(background)
	return c.await(ctx, patience, c.healed(time.Time{}))
}

// platformOptions has the processes of NATS and gateway, and the links of the functions.
func (c *Chain) platformOptions() platform.Options {
	return platform.Options{
		StateDir: c.opts.Dir, Step: c.opts.Step, NoControllers: true, NoConnectors: true,
		GatewayPort: c.ports.gateway, NATSPort: c.ports.nats, StorePort: c.ports.store,
		NATS: c.startNATS, Gateway: c.startGateway, EnvOf: c.envOf,
		Env: map[string]string{
			"readiness_default": "200ms", "readiness_poll": "50ms", "nats_timeout": "1s", "gateway_timeout": "1s",
			"window_steps": "30", // so that a quiet time ends all memory of calls
		},
		Logger: slog.New(slog.NewTextHandler(c.opts.Output, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// startConnector builds and starts the program of the connector.
func (c *Chain) startConnector(ctx context.Context) error {
	program, env, err := c.platform.ConnectorProgram(ctx)
	if err != nil {
		return err
	}
	listen, err := process.FreePort()
	if err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", listen)
	return c.run(schedule.Connector, address, []string{program}, append(env,
		"nats_url=nats://"+c.link(schedule.Connector, schedule.NATS), "gateway_url=http://"+c.link(schedule.Connector, schedule.Gateway),
		"listen="+address, "log_level=warn",
		"rebuild_interval=1s", "backoff_min=100ms", "backoff_max=1s", "max_deliver=100", "upstream_timeout=5s", "ack_wait=5s",
	))
}

// run starts a part as a child.
func (c *Chain) run(part schedule.Part, address string, argv, env []string) error {
	one := &child{launcher: c.launcher, argv: argv, env: env, address: address, output: c.opts.Output}
	if part == schedule.Gateway {
		one.output = &scales{chain: c, out: c.opts.Output}
	}
	c.children[part] = one
	return one.start()
}

// Close ends everything, in the reverse order of Start, and removes the directory.
func (c *Chain) Close() error {
	if c.stop != nil {
		c.stop()
	}
	c.background.Wait()
	if c.bus != nil {
		_ = c.bus.Close()
	}
	for _, part := range []schedule.Part{schedule.Cron, schedule.Connector} {
		if one := c.children[part]; one != nil {
			one.stop()
		}
	}
	var errs []error
	if c.platform != nil {
		errs = append(errs, c.platform.Close())
	}
	for _, one := range c.links {
		_ = one.Close()
	}
	if c.launcher != nil {
		errs = append(errs, c.launcher.Close())
	}
	if c.disk != nil {
		errs = append(errs, c.disk.close())
	}
	return errors.Join(append(errs, os.RemoveAll(c.opts.Dir))...)
}
