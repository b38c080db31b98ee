//go:build unix

package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	stdproxy "net/http/httputil"
	"time"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/httputil"

	"prewarm/deploy/local/replica"
)

const (
	// rewindable bounds in bytes the bodies that are kept in memory, so that a
	// request can be sent again if its connection was closed before it was sent.
	rewindable = 64 << 10

	// maxAttempts bounds how many replicas are tried for one request.
	maxAttempts = 5

	// statusClientGone is the code in metrics of calls whose client closed the
	// connection before an answer, as nginx logs it.
	statusClientGone = 499
)

// call is one invocation of a function.
type call struct {
	gateway     *Gateway
	fn          *function
	id          string
	arrived     time.Time
	ctx         context.Context // of the client
	contentType string          // of the request

	lease     *replica.Lease
	cold      bool
	coldWait  time.Duration
	queueWait time.Duration
	err       error // why the function gave no answer; nil if it gave one
	errStatus int   // of the answer instead
}

// invoke serves /function/NAME.
func (g *Gateway) invoke(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	fn, err := g.find(mux.Vars(r)["name"])
	if err != nil {
		httputil.Errorf(w, http.StatusNotFound, "%s", err)
		return
	}
	// A function may answer while it still reads. Without this the server would
	// discard the rest of the request at the first byte of the answer.
	_ = http.NewResponseController(w).EnableFullDuplex() // always on with HTTP/2
	g.call(w, r, fn)
}

// call makes one invocation and returns it when it has ended. Its err is nil if the
// function gave an answer.
func (g *Gateway) call(w http.ResponseWriter, r *http.Request, fn *function) *call {
	c := &call{gateway: g, fn: fn, id: r.Header.Get(headerCallID), arrived: g.now(), ctx: r.Context(), contentType: r.Header.Get("Content-Type")}
	if c.id == "" {
		c.id = newCallID()
	}
	g.metrics.started.WithLabelValues(fn.label()).Inc()
	recorder := httputil.NewHttpWriteInterceptor(w)
	// Deferred, because the proxy panics if an answer breaks off.
	defer func() { c.finish(recorder.Status()) }()
	c.serve(recorder, r)
	return c
}

// serve gets a replica and proxies the request to it.
//
// Instead of an answer of the function, the gateway answers with
//
//	400 if the body cannot be read
//	499 if the client has gone, in metrics only
//	502 if the replica cannot be reached
//	503 if no replica became ready within WaitPatience
//	504 if the function did not answer within its timeout
func (c *call) serve(w http.ResponseWriter, r *http.Request) {
	if err := keepSmallBody(r); err != nil {
		c.refuse(w, http.StatusBadRequest, fmt.Errorf("reading the request: %w", err))
		return
	}
	if err := c.acquire(r.Context()); err != nil {
		c.refuse(w, http.StatusServiceUnavailable, fmt.Errorf("no replica of %s became ready: %w", c.fn.name, err))
		return
	}
	_, s := c.fn.state()
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	proxy := stdproxy.ReverseProxy{
		Rewrite:        c.rewrite,
		Transport:      c,
		FlushInterval:  -1, // at once, for streams
		ModifyResponse: c.answered,
		ErrorHandler:   c.unreachable,
		ErrorLog:       log.New(io.Discard, "", 0), // closed connections are usual
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

// keepSmallBody reads a body whose size is known and small into memory, so that it
// can be sent again.
func keepSmallBody(r *http.Request) error {
	if r.ContentLength <= 0 || r.ContentLength > rewindable {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, err = r.GetBody()
	return err
}

// acquire gets a replica and counts the wait for it.
func (c *call) acquire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.gateway.opts.WaitPatience)
	defer cancel()
	lease, err := c.fn.pool.Acquire(ctx)
	if err != nil {
		var wait *replica.WaitError
		if errors.As(err, &wait) && wait.ColdStart {
			c.coldStart("none", wait.ColdWait)
		}
		return err
	}
	c.lease = lease
	if lease.ColdStart {
		c.coldStart(lease.Instance, lease.ColdWait)
	}
	if lease.Queued {
		// Added up, because a call whose replica cannot be reached acquires another one.
		c.queueWait += lease.QueueWait
		c.gateway.metrics.queued(c.fn, lease.QueueWait)
	}
	return nil
}

// coldStart counts a wait because no replica was ready. The call may have given up
// waiting; instance is "none" then.
func (c *call) coldStart(instance string, wait time.Duration) {
	c.cold = true
	c.coldWait += wait
	c.gateway.metrics.coldStart(c.fn, wait)
	c.gateway.log.Info("cold start", "function", c.fn.name, "replica", instance,
		"wait_seconds", wait.Seconds(), "call_id", c.id)
}

// finish releases the replica and counts the call.
// Its duration is without the waits, which have metrics of their own.
func (c *call) finish(status int) {
	if c.lease != nil {
		c.lease.Release()
	}
	if c.err != nil {
		status = c.errStatus
	}
	c.gateway.metrics.finished(c.fn, status, c.gateway.now().Sub(c.arrived)-c.coldWait-c.queueWait)
}

// refuse answers with an error of the gateway.
func (c *call) refuse(w http.ResponseWriter, status int, err error) {
	// The client has gone. Its own end must not count as a fault of the function.
	if errors.Is(c.ctx.Err(), context.Canceled) {
		status = statusClientGone
	}
	c.err, c.errStatus = err, status
	c.mark(w.Header())
	httputil.Errorf(w, status, "%s", err)
}
