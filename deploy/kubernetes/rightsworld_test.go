package kubernetes_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	handler "github.com/openfaas/templates-sdk/go-http"
	"github.com/prometheus/client_golang/prometheus"

	"prewarm/deploy/connector"
	"prewarm/deploy/keda"
	"prewarm/functions/collector"
	"prewarm/functions/dashboard"
	"prewarm/functions/predictor"
	"prewarm/functions/scaler"
	"prewarm/shared/config"
	"prewarm/shared/openfaas"
)

// rightsPassword is that of all users of the example.
const rightsPassword = "p0123456789abcdef"

// rights is a server with the users of the example, and a gateway whose functions are those of
// the suite and f.
type rights struct {
	t         *testing.T
	nats      *server.Server
	gateway   *httptest.Server
	log       *refusals
	functions map[string]handler.FunctionHandler
	panel     http.Handler
	external  *prometheus.Registry // of the external scaler
}

func newRights(t *testing.T) *rights {
	t.Helper()
	for _, who := range []string{"FUNCTIONS", "CONNECTOR", "KEDA"} {
		t.Setenv("NATS_"+who+"_PASSWORD", rightsPassword)
	}
	conf := filepath.Join(t.TempDir(), "nats.conf")
	example, err := os.ReadFile("examples/nats-rights.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, fmt.Appendf(nil, "jetstream {}\nauthorization {\n%s}\n", example), 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	opts.Host, opts.Port, opts.StoreDir, opts.NoSigs = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true
	w := &rights{t: t, log: &refusals{}, external: prometheus.NewRegistry(), functions: map[string]handler.FunctionHandler{}}
	if w.nats, err = server.NewServer(opts); err != nil {
		t.Fatal(err)
	}
	w.nats.SetLoggerV2(w.log, false, false, false)
	w.nats.Start()
	t.Cleanup(func() { w.nats.Shutdown(); w.nats.WaitForShutdown() })
	if !w.nats.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	w.gateway = httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(w.gateway.Close)
	return w
}

// answer is that of the gateway.
func (w *rights) answer(out http.ResponseWriter, r *http.Request) {
	switch name, called := strings.CutPrefix(r.URL.Path, "/function/"); {
	case called:
		name, _, _ = strings.Cut(name, ".")
		body, _ := io.ReadAll(r.Body)
		request := handler.Request{Body: body, Header: r.Header, Method: r.Method}
		request.WithContext(r.Context())
		res, err := w.functions[name].Handle(request)
		if err != nil {
			w.t.Error(err)
		}
		out.WriteHeader(max(http.StatusOK, res.StatusCode))
	case r.URL.Path == "/system/namespaces":
		fmt.Fprint(out, `["openfaas-fn"]`)
	case r.URL.Path == "/system/functions":
		fmt.Fprint(out, `[{"name":"f","namespace":"openfaas-fn","replicas":1,"availableReplicas":1},
			{"name":"predictor","namespace":"openfaas-fn","replicas":1,"availableReplicas":1,"annotations":{"topic":"prewarm.windows","prewarm.mode":"off"}},
			{"name":"scaler","namespace":"openfaas-fn","replicas":1,"availableReplicas":1,"annotations":{"topic":"prewarm.forecasts","prewarm.mode":"off"}}]`)
	default:
		http.NotFound(out, r)
	}
}

// env is the environment of a program that connects as a user.
func (w *rights) env(user string) func(string) string {
	dir := w.t.TempDir()
	for name, secret := range map[string]string{
		"prewarm-hmac-key": "a key of the test that is long enough", "nats-password": rightsPassword, "prewarm-gateway-password": "p",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	env := map[string]string{
		"secrets_dir": dir, "nats_url": w.nats.ClientURL(), "nats_user": user, "gateway_url": w.gateway.URL,
		"prometheus_url": "http://127.0.0.1:1", "step": "10s",
	}
	return func(key string) string { return env[key] }
}

// started fails the test if a program did not start, and closes it at the end.
func started[F io.Closer](w *rights) func(F, error) F {
	return func(f F, err error) F {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { _ = f.Close() })
		return f
	}
}

// chain starts all programs.
func (w *rights) chain() {
	w.t.Helper()
	ctx := w.t.Context()
	w.functions["collector"] = started[*collector.Collector](w)(collector.New(ctx, w.env("collector")))
	w.functions["predictor"] = started[*predictor.Predictor](w)(predictor.New(ctx, w.env("predictor")))
	w.functions["scaler"] = started[*scaler.Scaler](w)(scaler.New(ctx, w.env("scaler")))
	w.panel = started[*dashboard.Dashboard](w)(dashboard.New(ctx, w.env("dashboard")))
	cfg, err := connector.ReadConfig(w.env("connector"))
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := connector.New(cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), func() float64 { return 0 })
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = c.Run(ctx) })
	running.Go(func() { w.keda(ctx) })
	w.t.Cleanup(func() { stop(); running.Wait() })
}

// keda runs the external scaler until ctx ends.
func (w *rights) keda(ctx context.Context) {
	r := config.NewReader(w.env("keda"))
	cfg, gwCfg := keda.ReadConfig(r), openfaas.ReadConfig(r)
	gw, err := openfaas.New(gwCfg)
	if err != nil || r.Err() != nil {
		w.t.Error(err, r.Err())
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Error(err)
		return
	}
	_ = keda.New(cfg, gw, w.bus("keda"), time.Now, slog.New(slog.DiscardHandler), w.external).Run(ctx, l)
}
