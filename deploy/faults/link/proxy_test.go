package link

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// world is a server behind a proxy. Each request has a connection of its own.
type world struct {
	*Proxy
	reached atomic.Int64 // requests that the server has answered
	client  *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		w.reached.Add(1)
		_, _ = io.WriteString(out, "hello")
	}))
	t.Cleanup(server.Close)
	var err error
	if w.Proxy, err = New(strings.TrimPrefix(server.URL, "http://")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// get returns the status of a request, 0 if there was no answer.
func (w *world) get() int {
	res, err := w.client.Get("http://" + w.Addr())
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

func TestEachModeBreaksInItsOwnWay(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name    string
		mode    Mode
		status  int
		reached int64
	}{
		{"pass", Pass, 200, 1}, {"cut", Cut, 0, 0}, {"error", Error, 503, 0}, {"lost answer", LostAck, 0, 1}, {"pass again", Pass, 200, 1},
	} {
		before := w.reached.Load()
		w.Set(c.mode, 0)
		if status := w.get(); status != c.status || w.reached.Load()-before != c.reached {
			t.Errorf("%s: status %d, want %d; %d requests reached the server, want %d", c.name, status, c.status, w.reached.Load()-before, c.reached)
		}
	}
}

func TestASlowLinkDelays(t *testing.T) {
	w := newWorld(t)
	w.Set(Slow, 50*time.Millisecond)
	begin := time.Now()
	if status, took := w.get(), time.Since(begin); status != 200 || took < 100*time.Millisecond {
		t.Errorf("status %d after %v, want 200 after a delay in each direction", status, took)
	}
}

// TestACutResetsOpenConnections: a connection that idles would otherwise pass by.
func TestACutResetsOpenConnections(t *testing.T) {
	w := newWorld(t)
	w.client.Transport = &http.Transport{}
	if w.get() != 200 {
		t.Fatal("no answer")
	}
	w.Set(Cut, 0)
	if status := w.get(); status != 0 {
		t.Errorf("status %d through a cut link", status)
	}
}

func TestCloseFreesThePort(t *testing.T) {
	w := newWorld(t)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if status := w.get(); status != 0 {
		t.Errorf("status %d after the end", status)
	}
}
