//go:build unix

// Package synthetic is a gateway with thousands of functions, for measurements of what a
// suite costs that watches them. It stands before a local gateway, which runs the suite's own
// functions as processes, and passes on what concerns those.
//
// The other functions are a number of replicas and counters each, and no processes. The
// gateway answers for them as that of OpenFaaS does: a scale call is accepted at once (202),
// and the replicas are available after a delay. Calls do not arrive over HTTP: their counters
// move as the traffic says. A call that finds no replica raises the function to one; it takes
// no longer than another call.
package synthetic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
	"prewarm/deploy/local/replica"
	"prewarm/deploy/local/workload"
)

// Options configure a gateway.
type Options struct {
	Traffic
	Inner    *gateway.Gateway // runs the suite; closed by Close
	Listen   string           // loopback address
	Delay    time.Duration    // from a scale call to available replicas
	Began    time.Time        // begin of the counters, by process_start_time_seconds
	Password string           // of the user of Inner
	User     string
	Log      *slog.Logger
}

// Gateway is a running gateway.
type Gateway struct {
	opts     Options
	listener net.Listener
	server   *http.Server
	proxy    *httputil.ReverseProxy
	meter    *meter
	deployed types.FunctionStatus // what all functions share
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu        sync.Mutex
	functions []function
	index     map[string]int // by name
	scraped   time.Time      // first request of /metrics, zero before
	woken     int            // calls that found no replica
}

// New listens, and begins the traffic with the present step. Requests are answered once Serve
// is called.
func New(o Options) (*Gateway, error) {
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("synthetic gateway: %w", err)
	}
	g := &Gateway{opts: o, listener: listener, meter: newMeter(), deployed: deployed(), index: map[string]int{}}
	inner := &url.URL{Scheme: "http", Host: o.Inner.Addr()}
	g.proxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inner)
		r.Out.Host = r.In.Host // the inner gateway tells it to the function
	}, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)}
	g.server = &http.Server{Handler: http.HandlerFunc(g.serve)}
	begin := time.Now().Truncate(o.Step)
	g.deploy(begin)
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	g.running.Go(func() { g.run(ctx, begin) })
	return g, nil
}

// deployed returns what all functions share, as workload functions are deployed.
func deployed() types.FunctionStatus {
	d := workload.Options{Edition: gateway.Standard}.Deployment("", "registry.example/team/workload:1.0.0", workload.Prewarm())
	return types.FunctionStatus{
		Image: d.Image, Namespace: gateway.Namespace, Labels: d.Labels, Annotations: d.Annotations,
		Limits: &types.FunctionResources{CPU: "500m", Memory: "128Mi"}, CreatedAt: time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second),
	}
}

// deploy makes the functions as they are at begin, after the steps of their history.
func (g *Gateway) deploy(begin time.Time) {
	g.functions = make([]function, g.opts.Functions)
	for i := range g.functions {
		f := &g.functions[i]
		f.name, f.duration = fmt.Sprintf("workload-%05d", i), g.opts.duration(i)
		if i*1000/g.opts.Functions < busyShare {
			f.desired, f.available = 1, 1
		}
		f.started = g.opts.callsUntil(i, g.opts.Began.Unix(), begin.Unix())
		f.ended = f.started
		g.index[f.name] = i
	}
}

// callsUntil returns the calls of function i from the begin of its history, before which it
// was called once.
func (t Traffic) callsUntil(i int, from, to int64) int {
	calls := 1
	for at := from; at < to; at += int64(t.Step / time.Second) {
		calls += t.burst(i, at).calls()
	}
	return calls
}

// Names returns the functions, name.namespace.
func (g *Gateway) Names() []string {
	names := make([]string, len(g.functions))
	for i := range g.functions {
		names[i] = g.functions[i].label()
	}
	return names
}

// Addr is the host:port of the gateway.
func (g *Gateway) Addr() string { return g.listener.Addr().String() }

// Serve serves both gateways until Close is called.
func (g *Gateway) Serve() error {
	g.running.Go(func() { _ = g.opts.Inner.Serve() })
	if err := g.server.Serve(g.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends both gateways and the traffic.
func (g *Gateway) Close(ctx context.Context) error {
	g.stop()
	err := g.server.Shutdown(ctx)
	err = errors.Join(err, g.opts.Inner.Close(ctx))
	g.running.Wait()
	return err
}

// Processes returns those of the suite.
func (g *Gateway) Processes() []replica.Process { return g.opts.Inner.Processes() }

// ask sends a request to the inner gateway and returns its answer.
func (g *Gateway) ask(ctx context.Context, path string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.opts.Inner.Addr()+path, nil)
	if err != nil {
		return 0, nil, err
	}
	req.SetBasicAuth(g.opts.User, g.opts.Password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}
