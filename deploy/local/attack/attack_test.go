package attack

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"prewarm/shared/testbed"
)

// victim is a server that notes what it gets, and answers 400.
type victim struct {
	mu   sync.Mutex
	seen map[string]int // by "method path", and "large path" for large bodies
}

func (v *victim) note(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen[what]++
}

func (v *victim) count(what string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen[what]
}

func (v *victim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 || r.ContentLength >= large {
		v.note("large " + r.URL.Path)
	}
	v.note(r.Method + " " + r.URL.Path)
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, "open")
		return
	}
	http.Error(w, "no", http.StatusBadRequest)
}

func TestEveryAttackReachesEveryFunctionUntilTheEnd(t *testing.T) {
	v := &victim{seen: map[string]int{}}
	server := httptest.NewServer(v)
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	kinds := Kinds()
	delete(kinds, "slow-headers") // of which the server tells nothing
	paths := []string{"/function/a", "/function/b"}
	done := make(chan *Report)
	go func() {
		done <- Run(ctx, Options{Address: server.Listener.Addr().String(), Paths: paths, Attacks: kinds, Connections: 2 * len(kinds)})
	}()
	for _, path := range paths {
		testbed.Eventually(t, "floods of "+path, func() bool {
			return v.count("POST "+path) > 10 && v.count("GET "+path) > 3 && v.count("large "+path) > 3
		})
	}
	stop()
	report := <-done
	for name := range kinds {
		for _, path := range paths {
			if report.Count(name, path, "connections") == 0 {
				t.Errorf("no connection of %s to %s:\n%s", name, path, report)
			}
		}
	}
	if report.Count("forged-forecasts", "400") == 0 || report.Count("read", "200") == 0 || report.Count("read", "400") != 0 {
		t.Errorf("got\n%s", report)
	}
}

func TestASlowAttackNeverEndsByItself(t *testing.T) {
	entered := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		entered <- strings.Join(r.TransferEncoding, "")
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan *Report)
	go func() {
		done <- Run(ctx, Options{
			Address: server.Listener.Addr().String(), Paths: []string{"/"}, Connections: 3,
			Attacks: map[string]Attack{"slow-body": SlowBody, "slow-chunks": SlowChunks, "slow-headers": SlowHeaders},
		})
	}()
	if first, second := <-entered, <-entered; first+second != "chunked" {
		t.Errorf("got %q and %q", first, second)
	}
	stop()
	report := <-done
	if n := report.Count("connections"); n != 3 {
		t.Errorf("%d connections:\n%s", n, report)
	}
}
