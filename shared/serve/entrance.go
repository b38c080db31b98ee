package serve

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"prewarm/shared/event"
)

// retryAfter is the Retry-After of a request without a place, in seconds.
const retryAfter = "1"

// entrance reads the bodies of requests, and admits as many at a time as there are places.
//
// The places of the function are its bound, rather than max_inflight of of-watchdog (0.11.7),
// which counts all callers alike. In mode http, of-watchdog sends the headers on and streams
// the body (http_buffer_req_body is false), and so do the gateway and the provider: a slow
// body reaches the function slowly. If the function answers early, of-watchdog still waits
// for the rest of the body, for read_timeout at most, and holds a place of max_inflight
// meanwhile: its handler closes the body before it returns, and net/http reads up to 256 KiB
// then. The place of the function is free at once; of-watchdog keeps a connection and its
// buffers. As it sends the body in chunks, the function does not know its length.
//
// Source: executor/http_runner.go and pkg/watchdog.go of github.com/openfaas/of-watchdog;
// proxy/proxy.go of github.com/openfaas/faas-provider; body.Close of net/http.
type entrance struct {
	door       Door
	maxBody    int64 // bytes
	deliveries lane
	strangers  lane
}

// lane is what a class of callers has.
type lane struct {
	places chan struct{} // as many as its capacity; nil for any number
	body   time.Duration // for the whole body; 0 for the read timeout of the server
}

// newEntrance returns the entrance of a function, with lanes if it has a Door.
func newEntrance(function any, cfg serverConfig) *entrance {
	e := &entrance{maxBody: cfg.maxBody}
	if f, ok := function.(interface{ Door() Door }); ok {
		e.door = f.Door()
		e.deliveries = lane{places: make(chan struct{}, cfg.deliveries)}
		e.strangers = lane{places: make(chan struct{}, cfg.strangers), body: cfg.strangerBody}
	}
	return e
}

// visit is one request at the entrance.
type visit struct {
	caller string
	lane   *lane
	proof  *event.Proof // nil for a stranger
	limit  int64        // of the body, in bytes; 0: it is not read
}

// receive returns the body of a request, and leave, which gives its place back. It answers a
// request that it does not admit.
func (e *entrance) receive(w http.ResponseWriter, r *http.Request) (body []byte, leave func(), admitted bool) {
	v := e.classify(w, r)
	if v.limit == 0 { // the body takes no memory, and the function bounds its own work
		leaveBody(w, r)
		return nil, func() {}, true
	}
	if !v.lane.enter() {
		leaveBody(w, r)
		w.Header().Set("Retry-After", retryAfter)
		e.refuse(w, v.caller, http.StatusTooManyRequests, "too many requests at a time")
		return nil, nil, false
	}
	body, status, cause := v.read(w, r)
	if status != 0 {
		v.lane.leave()
		e.refuse(w, v.caller, status, cause)
		return nil, nil, false
	}
	return body, v.lane.leave, true
}

// classify decides by the headers alone who the caller is, and tells both the function and
// the caller.
func (e *entrance) classify(w http.ResponseWriter, r *http.Request) visit {
	r.Header.Del(CallerHeader)
	v := visit{caller: Stranger, lane: &e.strangers, limit: e.maxBody}
	if e.strangers.places == nil { // no Door
		return v
	}
	told := Stranger
	if e.door.Proof != nil {
		proof, err := e.door.Proof(r.Header)
		if err != nil {
			told += ": " + err.Error()
		}
		v.proof = proof
	}
	leaveTrace(r.Header, v.proof != nil)
	if v.proof != nil {
		v.caller, v.lane, told = Delivery, &e.deliveries, Delivery
	} else if e.door.StrangerBody != nil {
		v.limit = min(v.limit, e.door.StrangerBody(r.URL.Path))
	}
	r.Header.Set(CallerHeader, v.caller)
	w.Header().Set(CallerHeader, told)
	return v
}

// leaveTrace removes the trace that a stranger names, so that strangers cannot fill the traces
// of others, and of a delivery all but the one header that it needs.
func leaveTrace(h http.Header, delivery bool) {
	h.Del("tracestate")
	if !delivery {
		h.Del(event.TraceHeader)
	}
}

// read reads the body within the limits of the caller's class. A status other than 0 is that
// of the refusal, with its cause.
func (v visit) read(w http.ResponseWriter, r *http.Request) (body []byte, status int, cause string) {
	if v.lane.body > 0 {
		// net/http resets the deadline at the end of the body. A writer without deadlines, as
		// in tests, has no connection to wait for.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(v.lane.body))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, v.limit))
	if err != nil {
		leaveBody(w, r)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, fmt.Sprintf("body must have at most %d bytes", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, "body must arrive faster"
	case err != nil:
		return nil, http.StatusBadRequest, "body could not be read"
	case v.proof != nil && v.proof.Fits(body) != nil:
		return nil, http.StatusUnauthorized, event.ErrProof.Error() + ": the body is not the one that was proven"
	}
	return body, 0, ""
}

// refuse answers a request that the function does not see.
func (e *entrance) refuse(w http.ResponseWriter, caller string, status int, cause string) {
	http.Error(w, cause, status)
	if e.door.Refused != nil {
		e.door.Refused(caller, status)
	}
}

// leaveBody keeps the server from waiting for the rest of a body that the function does not
// need: before an answer, net/http reads up to 256 KiB of it, for which a slow client takes
// up to read_timeout. The connection is closed if the body has not arrived yet.
//
// It must not be called after the end of the body: net/http reads on then, to notice that the
// client is gone, and would take the deadline for that. The contexts of all later requests of
// the connection would have ended.
func leaveBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now())
	}
}

// enter takes a place and reports whether there was one.
func (l *lane) enter() bool {
	if l.places == nil {
		return true
	}
	select {
	case l.places <- struct{}{}:
		return true
	default:
		return false
	}
}

// leave gives the place back.
func (l *lane) leave() {
	if l.places != nil {
		<-l.places
	}
}
