package gateway

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// door is a server that replicas visit (path /visit of the test function). A visit
// ends when the test opens the door, so that the test decides how long a call takes.
type door struct {
	address string
	most    atomic.Int64 // most visits at one time

	waiting atomic.Int64
	arrived chan string // path of each visit
	opened  chan struct{}
}

func newDoor(t *testing.T) *door {
	d := &door{arrived: make(chan string, 100), opened: make(chan struct{})}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.address = server.URL
	return d
}

func (d *door) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := d.waiting.Add(1)
	for most := d.most.Load(); now > most && !d.most.CompareAndSwap(most, now); most = d.most.Load() {
	}
	d.arrived <- r.URL.Path
	select {
	case <-d.opened:
	case <-r.Context().Done(): // the replica was stopped
	}
	d.waiting.Add(-1)
}

// visit returns the path of a call that visits the door; a path may be added to it.
func (d *door) visit() string { return "/function/hello/visit?url=" + d.address }

// next waits for the next visit and returns its path.
func (d *door) next() string { return <-d.arrived }

// open lets one visit end.
func (d *door) open() { d.opened <- struct{}{} }
