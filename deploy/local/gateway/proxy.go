//go:build unix

package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	stdproxy "net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// newTransport returns a transport without proxy and without compression: answers
// are passed on unchanged.
func newTransport() *http.Transport {
	// With the default of 2 idle connections, most concurrent calls to a replica would open
	// a connection each.
	// Loopback answers at once or refuses: a longer wait to connect would only hide a dead
	// replica.
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     5 * time.Second,
	}
}

// rewrite makes the request to the replica: the path behind the function's name, the
// query, and the headers of a call.
func (c *call) rewrite(p *stdproxy.ProxyRequest) {
	p.Out.URL = replicaURL(p.In.URL)
	// An empty host is replaced by the address of the replica.
	p.Out.Host = ""
	forward(p.Out.Header, p.In)
	p.Out.Header.Set(headerCallID, c.id)
	p.Out.Header.Set(headerStart, strconv.FormatInt(c.arrived.UnixNano(), 10))
	if p.Out.Body != nil {
		// A failed attempt must not close the body, which the next attempt sends.
		p.Out.Body = io.NopCloser(p.Out.Body)
	}
}

// replicaURL returns the part of the path behind /function/NAME and the query, with
// the escapes of the client.
func replicaURL(in *url.URL) *url.URL {
	escaped := strings.TrimPrefix(in.EscapedPath(), "/function/")
	_, rest, _ := strings.Cut(escaped, "/")
	path, err := url.PathUnescape("/" + rest)
	if err != nil {
		panic(err) // EscapedPath is valid
	}
	return &url.URL{Scheme: "http", Path: path, RawPath: "/" + rest, RawQuery: in.RawQuery}
}

// RoundTrip sends the request to the replica. If the connection cannot be made,
// nothing was sent, and another replica is tried.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		// A copy for each attempt: a RoundTripper must not change its request, and the
		// replicas have different addresses.
		out := req.Clone(req.Context())
		out.URL.Host = c.lease.Address
		res, err := c.gateway.transport.RoundTrip(out)
		if err == nil || attempt == maxAttempts || !isDialError(err) || req.Context().Err() != nil {
			return res, err
		}
		c.lease.Reject()
		if err := c.acquire(req.Context()); err != nil {
			return nil, err
		}
	}
}

// isDialError reports whether the connection could not be made, so that nothing was sent.
// After any other error the function may have seen the request, which need not be
// idempotent.
func isDialError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// unreachable answers with 504 after a timeout, and with 502 after any other error.
func (c *call) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.DeadlineExceeded) {
		_, s := c.fn.state()
		c.refuse(w, http.StatusGatewayTimeout, fmt.Errorf("%s did not answer within %s", c.fn.name, s.timeout))
		return
	}
	c.refuse(w, http.StatusBadGateway, fmt.Errorf("cannot reach %s: %w", c.fn.name, err))
}
