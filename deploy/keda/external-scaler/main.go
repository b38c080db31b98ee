// Command external-scaler answers KEDA's external scaler protocol from the stream of
// decisions. It is configured by the environment: listen (:6000, gRPC),
// listen_metrics (:8081, with /healthz, /readyz and /metrics), decision_max_age,
// gateway_poll, and the keys and secrets of NATS and the gateway that the functions
// read too; functions/CONFIGURATION.md lists all of them.
package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"time"

	"prewarm/deploy/keda"
	"prewarm/shared/bus"
	"prewarm/shared/config"
	"prewarm/shared/openfaas"
	"prewarm/shared/serve"
)

func main() {
	os.Exit(serve.Program(os.Getenv, os.Stderr, func(ctx context.Context, log *slog.Logger) error {
		return run(ctx, os.Getenv, log, nil)
	}))
}

// run answers KEDA until ctx ends. If listening is not nil, it is called with the
// addresses of both servers once they are open.
func run(ctx context.Context, getenv func(string) string, log *slog.Logger, listening func(grpc, metrics net.Addr)) error {
	r := config.NewReader(getenv)
	cfg, busCfg, gwCfg := keda.ReadConfig(r), bus.ReadConfig(r), openfaas.ReadConfig(r)
	busCfg.Name = "prewarm-keda"
	if err := r.Err(); err != nil {
		return err
	}
	gw, err := openfaas.New(gwCfg)
	if err != nil {
		return err
	}
	b, err := bus.Connect(busCfg)
	if err != nil {
		return err
	}
	defer b.Close()
	calls, err := serve.Listen("listen", r.String("listen", ":6000"))
	if err != nil {
		return err
	}
	defer calls.Close()
	probes, err := serve.Listen("listen_metrics", r.String("listen_metrics", ":8081"))
	if err != nil {
		return err
	}
	if listening != nil {
		listening(calls.Addr(), probes.Addr())
	}
	reg := serve.NewRegistry()
	scaler := keda.New(cfg, gw, b, time.Now, log, reg)
	answer := serve.Until(b.Failed(), func(ctx context.Context) error { return scaler.Run(ctx, calls) })
	return serve.WithProbes(ctx, probes, serve.Probes(b.Health, reg), answer)
}
