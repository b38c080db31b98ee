package keda

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"prewarm/deploy/keda/externalscaler"
	"prewarm/shared/config"
	"prewarm/shared/event"
	"prewarm/shared/openfaas"
)

// Config of the external scaler.
type Config struct {
	Keys   event.Keys    // check the signature of decisions
	TLS    *tls.Config   // of the gRPC server, nil for none
	MaxAge time.Duration // of a decision that KEDA may follow
	Poll   time.Duration // between two polls of the gateway
}

// ReadConfig reads decision_max_age, gateway_poll, cluster, the secret prewarm-hmac-key, and the
// certificates of the gRPC server, as config.Reader.ServerTLS names them for keda.
//
// decision_max_age must be longer than a step, or decisions expire before the next
// ones; 2.5 steps survive one that is late.
func ReadConfig(r *config.Reader) Config {
	return Config{
		Keys:   event.ReadKeys(r),
		TLS:    r.ServerTLS("keda"),
		MaxAge: r.Duration("decision_max_age", 5*time.Minute, time.Second, time.Hour),
		Poll:   r.Duration("gateway_poll", 2*time.Second, 100*time.Millisecond, time.Minute),
	}
}

// Bus follows the stream of decisions.
type Bus interface {
	Follow(ctx context.Context, subject string, since time.Duration, fn func(body []byte)) error
}

// Scaler answers KEDA while Run runs. It follows the stream of decisions and polls the
// gateway, and answers from the cache that both fill: KEDA never waits for NATS or the
// gateway.
type Scaler struct {
	cfg     Config
	gateway openfaas.Lister
	bus     Bus
	cache   *Cache
	metrics *metrics
	log     *slog.Logger
}

// viewPolls is how many polls of the gateway may fail before its last list is too
// old.
const viewPolls = 5

// New returns a scaler that registers its metrics with reg.
func New(cfg Config, gw openfaas.Lister, b Bus, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) *Scaler {
	cache := NewCache(now, cfg.MaxAge, viewPolls*cfg.Poll)
	return &Scaler{cfg: cfg, gateway: gw, bus: b, cache: cache, metrics: newMetrics(reg, cache), log: log}
}

// Run answers on l until ctx ends. The error is that of the listener.
func (s *Scaler) Run(ctx context.Context, l net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	server := grpc.NewServer(
		grpc.Creds(s.credentials()),
		grpc.UnaryInterceptor(s.metrics.intercept),
		// KEDA pings its streams, which are idle for a step and more. By default grpc
		// closes a connection that is pinged more than once in five minutes.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
	)
	externalscaler.RegisterExternalScalerServer(server, &Service{cache: s.cache, metrics: s.metrics, closing: ctx.Done()})
	group.Go(func() error { return server.Serve(l) }) // nil after GracefulStop
	group.Go(func() error {
		<-ctx.Done()
		server.GracefulStop()
		return nil
	})
	group.Go(func() error {
		_ = s.bus.Follow(ctx, event.TypeDecisions, s.cfg.MaxAge, s.receive) // ends with ctx
		return nil
	})
	group.Go(func() error { s.watch(ctx); return nil })
	return group.Wait()
}

// credentials returns how KEDA connects, and logs it.
func (s *Scaler) credentials() credentials.TransportCredentials {
	if s.cfg.TLS == nil {
		s.log.Info("KEDA is answered without TLS: no certificate is set")
		return insecure.NewCredentials()
	}
	s.log.Info("KEDA is answered over TLS", "client_certificates", s.cfg.TLS.ClientAuth == tls.RequireAndVerifyClientCert)
	return credentials.NewTLS(s.cfg.TLS)
}

// receive stores the decisions of one message. It refuses a message with a wrong
// signature: any client of NATS could publish one.
func (s *Scaler) receive(body []byte) {
	var batch event.Decisions
	if _, err := event.Open(s.cfg.Keys, event.TypeDecisions, body, &batch); err != nil {
		s.metrics.messages.WithLabelValues("refused").Inc()
		s.log.Warn("decisions refused", "error", err)
		return
	}
	result := "learned"
	if ahead := s.cache.Add(batch.Decisions); ahead > 0 {
		result = "ahead"
		s.log.Warn("decisions refused that are dated ahead of now", "decisions", ahead, "more_than", skew)
	}
	s.metrics.messages.WithLabelValues(result).Inc()
}

// watch polls the gateway until ctx ends. It logs the first of a series of failures.
func (s *Scaler) watch(ctx context.Context) {
	failing := false
	openfaas.Poll(ctx, s.gateway, s.cfg.Poll, func(list []openfaas.Function, err error) bool {
		if err == nil {
			s.cache.Observe(list)
		} else if !failing && ctx.Err() == nil {
			s.log.Warn("cannot list the functions of the gateway", "error", err)
		}
		failing = err != nil
		return true
	})
}
