package witness

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// functionPath is the path of calls at the gateway.
const functionPath = "/function/"

// namespace is that of a function whose path does not name one.
const namespace = ".openfaas-fn"

// Transport returns a transport that records the calls of functions it sends. A call ends
// when its answer was read or when it failed.
func (r *Record) Transport(next http.RoundTripper) http.RoundTripper { return &transport{next, r} }

type transport struct {
	next   http.RoundTripper
	record *Record
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	name, ok := functionOf(request.URL.Path)
	if !ok {
		return t.next.RoundTrip(request)
	}
	begin := time.Now()
	ended := sync.OnceFunc(func() { t.record.Call(name, begin, time.Now()) })
	response, err := t.next.RoundTrip(request)
	if err != nil {
		ended()
		return response, err
	}
	response.Body = &body{response.Body, ended}
	return response, nil
}

// functionOf returns the name.namespace of the function that a path of the gateway calls.
func functionOf(path string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(path, functionPath)
	name, _, _ = strings.Cut(rest, "/")
	if !strings.Contains(name, ".") {
		name += namespace
	}
	return name, ok
}

// body calls ended when it was read or closed.
type body struct {
	io.ReadCloser
	ended func()
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.ended()
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.ended()
	return b.ReadCloser.Close()
}
