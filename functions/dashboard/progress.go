package dashboard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// stall is how long a client may take nothing of an answer before it is cut off.
	stall = 8 * time.Second
	// pieceSize is how much a client must take within stall, in bytes, beyond what the kernel
	// holds for it.
	pieceSize = 4 << 10
)

// place is one request in work, and the writer of its answer. It writes in pieces, each with a
// deadline, so that a client that takes nothing is cut off, and a slow one is not.
type place struct {
	control *http.ResponseController
	next    http.ResponseWriter
	known   bool      // the caller is known
	end     time.Time // of the answer

	mu      sync.Mutex
	waiting time.Time // begin of the read or write in progress, zero for none
	gone    bool      // the place is given back or was taken by another request
}

// Header implements http.ResponseWriter.
func (p *place) Header() http.Header { return p.next.Header() }

// WriteHeader implements http.ResponseWriter.
func (p *place) WriteHeader(status int) { p.next.WriteHeader(status) }

// Unwrap is for http.ResponseController.
func (p *place) Unwrap() http.ResponseWriter { return p.next }

// Write implements http.ResponseWriter.
func (p *place) Write(body []byte) (written int, err error) {
	for len(body) > 0 {
		piece := body[:min(len(body), pieceSize)]
		n := 0
		if err := p.await(func() (err error) { n, err = p.next.Write(piece); return err }); err != nil {
			return written + n, err
		}
		written, body = written+n, body[n:]
	}
	return written, nil
}

// FlushError implements the flush of http.ResponseController.
func (p *place) FlushError() error { return p.await(p.control.Flush) }

// await calls a write within a deadline. It fails if the place was taken by another request.
func (p *place) await(write func() error) error {
	deadline := time.Now().Add(stall)
	if p.end.Before(deadline) {
		deadline = p.end
	}
	if !p.begin(p.control.SetWriteDeadline, deadline) {
		return os.ErrDeadlineExceeded
	}
	defer p.ended()
	return write()
}

// begin sets a deadline and notes that the request waits for its client from now on. It
// reports false if the place was taken by another request, whose deadlines stay.
func (p *place) begin(set func(time.Time) error, deadline time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.waiting = time.Now()
	_ = set(deadline) // recorders of tests have none
	return true
}

// ended notes that the request has ceased to wait for its client.
func (p *place) ended() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = time.Time{}
}

// How long a body may take.
const (
	strangerBody = 2 * time.Second
	knownBody    = 10 * time.Second
)

// readBody replaces the body of a request, of at most maxBody bytes, by what has arrived of it.
func (p *place) readBody(r *http.Request) error {
	allowed := strangerBody
	if p.known {
		allowed = knownBody
	}
	if !p.begin(p.control.SetReadDeadline, time.Now().Add(allowed)) {
		return errSlow
	}
	// MaxBytesReader also closes the connection of a sender that goes on.
	body, err := io.ReadAll(http.MaxBytesReader(p.next, r.Body, maxBody))
	p.ended()
	r.Body = io.NopCloser(bytes.NewReader(body))
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return fmt.Errorf("%w: the body must have at most %d bytes", errRequest, large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	}
	return fmt.Errorf("%w: the body could not be read", errRequest)
}

// cut makes the read or write in progress fail, and all later ones.
func (p *place) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	_ = p.control.SetReadDeadline(time.Now())
	_ = p.control.SetWriteDeadline(time.Now())
}

// finish gives the server a deadline for what it still holds of the answer.
func (p *place) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		p.gone = true
		_ = p.control.SetWriteDeadline(time.Now().Add(stall))
	}
}

// waitingSince returns since when the request waits for its client, zero if it does not.
func (p *place) waitingSince() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting
}
