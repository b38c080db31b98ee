package connector

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"prewarm/shared/serve"
	"prewarm/shared/testbed"
)

// gateway is an OpenFaaS gateway in one namespace whose functions answer as each
// test sets.
type gateway struct {
	t      *testing.T
	server *httptest.Server

	mu        sync.Mutex
	topics    map[string]string // annotation by function
	received  map[string][]call
	next      map[string][]int // answers to come, then the standing one
	standing  map[string]int
	told      map[string]string // whom a function takes its caller for
	ok        map[string]int
	gates     map[string]chan struct{}
	down      int // status of all management answers, 0 when up
	user      string
	now, most int
}

// call is one call of a function.
type call struct {
	body   string
	header http.Header
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{
		t: t, topics: map[string]string{}, received: map[string][]call{}, next: map[string][]int{},
		standing: map[string]int{}, ok: map[string]int{}, gates: map[string]chan struct{}{}, told: map[string]string{},
	}
	g.server = httptest.NewServer(g.handler())
	t.Cleanup(func() { g.server.Close() })
	return g
}

func (g *gateway) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /system/namespaces", func(w http.ResponseWriter, r *http.Request) {
		if g.refuses(w, r) {
			return
		}
		fmt.Fprint(w, `["openfaas-fn"]`)
	})
	mux.HandleFunc("GET /system/functions", func(w http.ResponseWriter, r *http.Request) {
		if g.refuses(w, r) {
			return
		}
		_ = json.NewEncoder(w).Encode(g.list())
	})
	mux.HandleFunc("POST /function/{name}", g.invoke)
	return mux
}

func (g *gateway) refuses(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	user, _, _ := r.BasicAuth()
	if g.down != 0 {
		w.WriteHeader(g.down)
		return true
	}
	if user != g.user {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	return false
}

func (g *gateway) list() []map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []map[string]any{{"name": "plain"}}
	for name, topic := range g.topics {
		list = append(list, map[string]any{"name": name, "annotations": map[string]string{"topic": topic}})
	}
	return list
}

func (g *gateway) invoke(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(r.PathValue("name"), ".openfaas-fn")
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	g.received[name] = append(g.received[name], call{body: string(body), header: r.Header})
	g.now++
	g.most = max(g.most, g.now)
	gate := g.gates[name]
	g.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}
	status := g.status(name)
	g.do(func() { w.Header().Set(serve.CallerHeader, g.told[name]) })
	w.WriteHeader(status)
	if status >= 400 {
		fmt.Fprint(w, "no\r\nluck\x00\n")
	}
}

func (g *gateway) status(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
	status := http.StatusOK
	if _, deployed := g.topics[name]; !deployed {
		status = http.StatusNotFound
	} else if s := g.standing[name]; s != 0 {
		status = s
	}
	if coming := g.next[name]; len(coming) > 0 {
		status, g.next[name] = coming[0], coming[1:]
	}
	if status == http.StatusOK {
		g.ok[name]++
	}
	return status
}

func (g *gateway) do(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

func (g *gateway) deploy(name, topic string) { g.do(func() { g.topics[name] = topic }) }

func (g *gateway) remove(name string) { g.do(func() { delete(g.topics, name) }) }

func (g *gateway) answer(name string, codes ...int) { g.do(func() { g.next[name] = codes }) }

func (g *gateway) always(name string, code int) { g.do(func() { g.standing[name] = code }) }

// block holds the calls of a function until the returned function is called.
func (g *gateway) block(name string) (release func()) {
	gate := make(chan struct{})
	g.do(func() { g.gates[name] = gate })
	return sync.OnceFunc(func() {
		g.do(func() { delete(g.gates, name) })
		close(gate)
	})
}

func (g *gateway) calls(name string) []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]call(nil), g.received[name]...)
}

func (g *gateway) applied(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ok[name]
}

func (g *gateway) mostAtOnce() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.most
}

func (g *gateway) await(name string, n int) []call {
	g.t.Helper()
	testbed.Eventually(g.t, fmt.Sprintf("%d calls of %s", n, name), func() bool { return len(g.calls(name)) >= n })
	return g.calls(name)
}

// subscribers returns the functions with the subject as topic.
func (g *gateway) subscribers(subject string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for name, topics := range g.topics {
		if slices.Contains(splitList(topics), subject) {
			names = append(names, name)
		}
	}
	return names
}
