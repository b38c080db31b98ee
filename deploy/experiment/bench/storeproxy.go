package bench

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// storeProxy stands between the collector and the store, and counts what passes.
type storeProxy struct {
	listener net.Listener
	server   *http.Server
	requests atomic.Int64
	bytes    atomic.Int64 // of the answers, as they are sent
}

// newStoreProxy starts a proxy to the address that target returns.
func newStoreProxy(log *slog.Logger, target func() string) (*storeProxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &storeProxy{listener: listener}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if u, err := url.Parse(target()); err == nil {
			r.SetURL(u)
		}
	}, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)} // the collector gives up slow queries
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		proxy.ServeHTTP(counted{w, &p.bytes}, r)
	})}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

// url is the address that the collector is told.
func (p *storeProxy) url() string { return "http://" + p.listener.Addr().String() }

// close lets requests finish while ctx lasts.
func (p *storeProxy) close(ctx context.Context) error { return p.server.Shutdown(ctx) }

// counted counts the bytes of an answer.
type counted struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

// Write implements http.ResponseWriter.
func (c counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}

// Unwrap lets the proxy flush the answer.
func (c counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
