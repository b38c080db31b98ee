package platform

import (
	"context"
	"math/rand/v2"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/connector"
	"prewarm/deploy/local/cron"
	"prewarm/shared/event"
)

// startConnectors starts both connectors, unless the options leave them out.
func (p *Platform) startConnectors(ctx context.Context) error {
	if p.opts.NoConnectors {
		return nil
	}
	jets, err := connector.New(p.connectorConfig(), p.log, prometheus.NewRegistry(), rand.Float64)
	if err != nil {
		return err
	}
	ticks, err := cron.New(p.cronOptions())
	if err != nil {
		return err
	}
	p.loop("JetStream connector", func() error { return jets.Run(ctx) })
	p.loop("cron connector", func() error { return ticks.Run(ctx) })
	return nil
}

// connectorConfig is the configuration of the JetStream connector.
func (p *Platform) connectorConfig() connector.Config {
	c, err := connector.ReadConfig(func(key string) string {
		return map[string]string{
			"shards":   strconv.Itoa(max(1, p.opts.Shards)),
			"nats_url": p.NATSURL(), "gateway_url": p.GatewayURL(),
			// More retries than by default, at shorter distances: they take as long
			// in total, and fit short steps.
			"rebuild_interval": "1s", "backoff_min": "100ms", "backoff_max": "2s", "max_deliver": "100",
		}[key]
	})
	if err != nil {
		panic("platform: the connector's configuration is not valid: " + err.Error())
	}
	c.Keys = event.NewKeys(p.opts.Env["cluster"], p.Key())
	c.Gateway.Username, c.Gateway.Password = p.opts.User, p.opts.Password
	return c
}

// cronOptions are the options of the cron connector.
func (p *Platform) cronOptions() cron.Options {
	return cron.Options{GatewayURL: p.GatewayURL(), Username: p.opts.User, Password: p.opts.Password, Logger: p.log}
}
