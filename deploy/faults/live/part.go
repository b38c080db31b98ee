//go:build unix

package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"prewarm/deploy/local/cron"
	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/natsserver"
)

// PartKey is the variable with the configuration of a part, in the environment of the process
// that runs it.
const PartKey = "PREWARM_FAULTS_PART"

// partConfig is what a part that runs in a process of its own needs. One of its fields is set.
type partConfig struct {
	NATS    *natsConfig
	Gateway *gatewayConfig
	Cron    *cronConfig
}

type natsConfig struct {
	Dir  string
	Port int
}

type gatewayConfig struct {
	Listen, User, Password, StateDir, Images, NATS string
	Edition                                        gateway.Edition
	ServicePoll                                    time.Duration
}

type cronConfig struct{ URL, User, Password string }

// RunPart is the program of a part: it runs what the text configures until ctx ends.
func RunPart(ctx context.Context, text string) error {
	var c partConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return fmt.Errorf("%s: %w", PartKey, err)
	}
	log := slog.Default()
	switch {
	case c.NATS != nil:
		return c.NATS.run(ctx, log)
	case c.Gateway != nil:
		return c.Gateway.run(ctx, log)
	case c.Cron != nil:
		ticks, err := cron.New(cron.Options{GatewayURL: c.Cron.URL, Username: c.Cron.User, Password: c.Cron.Password, Logger: log})
		if err != nil {
			return err
		}
		return ticks.Run(ctx)
	}
	return fmt.Errorf("%s must name a part", PartKey)
}

func (c natsConfig) run(ctx context.Context, log *slog.Logger) error {
	server, err := natsserver.Start(natsserver.Options{Dir: c.Dir, Port: c.Port, Logger: log})
	if err != nil {
		return err
	}
	<-ctx.Done()
	server.Stop()
	return nil
}

func (c gatewayConfig) run(ctx context.Context, log *slog.Logger) error {
	conn, err := nats.Connect(c.NATS, nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer conn.Close()
	opts := gateway.Options{
		Listen: c.Listen, Edition: c.Edition, User: c.User, Password: c.Password, StateDir: c.StateDir,
		Images: gateway.ImageDirectory(c.Images), ServicePoll: c.ServicePoll, Logger: log,
	}
	if opts.JetStream, err = jetstream.New(conn); err != nil {
		return err
	}
	g, err := c.open(ctx, opts)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Serve() }()
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(g.Close(grace), <-ended)
}

// open starts the gateway. Without NATS it has no queue for asynchronous calls, which the
// chain does not need.
func (c gatewayConfig) open(ctx context.Context, opts gateway.Options) (*gateway.Gateway, error) {
	bounded, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	g, err := gateway.New(bounded, opts)
	if err == nil || ctx.Err() != nil {
		return g, err
	}
	opts.JetStream, opts.Registry = nil, nil
	return gateway.New(ctx, opts)
}
