package platform_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/connector"
	"prewarm/deploy/local/cron"
)

// startCron starts the cron connector until the test ends.
func (r *rotation) startCron() {
	ticks, err := cron.New(cron.Options{GatewayURL: r.GatewayURL(), Username: r.User(), Password: r.Password(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.background(ticks.Run)
}

// restartConnector starts the connector with the keys of the file. An earlier one has ended
// then.
func (r *rotation) restartConnector() {
	if r.connector != nil {
		r.connector()
	}
	env := map[string]string{
		"nats_url": r.NATSURL(), "gateway_url": r.GatewayURL(), "secrets_dir": r.dir,
		"rebuild_interval": "1s", "backoff_min": "100ms", "backoff_max": "2s",
	}
	cfg, err := connector.ReadConfig(func(key string) string { return env[key] })
	if err != nil {
		r.t.Fatal(err)
	}
	cfg.Gateway.Username, cfg.Gateway.Password = r.User(), r.Password()
	c, err := connector.New(cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), rand.Float64)
	if err != nil {
		r.t.Fatal(err)
	}
	r.connector = r.background(c.Run)
}

// background runs a connector until the returned function is called, or the test ends.
func (r *rotation) background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(stop)
	return stop
}
