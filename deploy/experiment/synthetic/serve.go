//go:build unix

package synthetic

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openfaas/faas-provider/types"

	"prewarm/deploy/local/gateway"
)

// serve answers what concerns the synthetic functions, and passes on the rest.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	caller := callerOf(r)
	kind := kindOf(r.URL.Path)
	g.meter.request(caller, kind)
	_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/system/"), "/")
	name = strings.TrimSuffix(name, "."+gateway.Namespace)
	_, own := g.index[name]
	switch {
	case kind == "metrics":
		g.serveMetrics(w, r, caller)
	case kind == "list" && r.Method == http.MethodGet && g.allowed(r):
		g.serveList(w, r, caller)
	case kind == "get" && own && g.allowed(r):
		g.serveStatus(w, name)
	case kind == "scale" && own && g.allowed(r):
		g.serveScale(w, r, name)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

// allowed checks the credentials. A request without them is passed on, so that the inner
// gateway refuses it.
func (g *Gateway) allowed(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && user == g.opts.User && subtle.ConstantTimeCompare([]byte(password), []byte(g.opts.Password)) == 1
}

// serveList answers with the functions of the suite and the synthetic ones.
func (g *Gateway) serveList(w http.ResponseWriter, r *http.Request, caller string) {
	status, inner, err := g.ask(r.Context(), r.URL.RequestURI())
	if err != nil || status != http.StatusOK {
		http.Error(w, "the inner gateway does not list its functions", http.StatusBadGateway)
		return
	}
	body := bytes.TrimSuffix(bytes.TrimSpace(inner), []byte("]"))
	if namespace := r.URL.Query().Get("namespace"); namespace == "" || namespace == gateway.Namespace {
		body = g.appendList(body)
	}
	body = append(body, ']')
	g.meter.sent(caller, "list", len(body))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// appendList appends the synthetic functions to a list that is not closed.
func (g *Gateway) appendList(list []byte) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.functions {
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = append(list, g.functions[i].listed(g.deployed)...)
	}
	return list
}

// serveStatus answers with one function.
func (g *Gateway) serveStatus(w http.ResponseWriter, name string) {
	g.mu.Lock()
	body := g.functions[g.index[name]].listed(g.deployed)
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// maxBody bounds the body of a scale call, in bytes.
const maxBody = 64 << 10

// serveScale sets the replicas of a function.
func (g *Gateway) serveScale(w http.ResponseWriter, r *http.Request, name string) {
	var request types.ScaleServiceRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&request); err != nil {
		http.Error(w, "body must be a scale request: "+err.Error(), http.StatusBadRequest)
		return
	}
	g.meter.scaled(Scale{At: time.Now(), Function: name + "." + gateway.Namespace, Replicas: int(request.Replicas)})
	g.mu.Lock()
	g.scale(&g.functions[g.index[name]], request.Replicas)
	g.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// scale sets the desired replicas. Fewer are gone at once, further ones are available after
// the delay, unless the number has changed until then. The caller holds mu.
func (g *Gateway) scale(f *function, replicas uint64) {
	f.desired = replicas
	f.available = min(f.available, replicas)
	f.changed()
	if f.available == replicas {
		return
	}
	time.AfterFunc(g.opts.Delay, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if f.desired == replicas {
			f.available = replicas
			f.changed()
		}
	})
}

// startTime begins the line of a metric by which the collector knows that counters began.
const startTime = "process_start_time_seconds "

// serveMetrics answers with the metrics of the inner gateway and those of the synthetic
// functions. The start time is that of the history, which is older than the inner gateway.
func (g *Gateway) serveMetrics(w http.ResponseWriter, r *http.Request, caller string) {
	status, inner, err := g.ask(r.Context(), "/metrics")
	if err != nil || status != http.StatusOK {
		http.Error(w, "the inner gateway has no metrics", http.StatusBadGateway)
		return
	}
	var body bytes.Buffer
	for line := range bytes.Lines(inner) {
		if !bytes.HasPrefix(line, []byte(startTime)) {
			body.Write(line)
		}
	}
	body.WriteString(startTime + strconv.FormatInt(g.opts.Began.Unix(), 10) + "\n")
	g.mu.Lock()
	if g.scraped.IsZero() {
		g.scraped = time.Now()
	}
	for i := range g.functions {
		body.Write(g.functions[i].rendered())
	}
	g.mu.Unlock()
	g.meter.sent(caller, "metrics", body.Len())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = w.Write(body.Bytes())
}
