package synthetic

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Counts of the requests to a gateway.
type Counts struct {
	// Requests is their number by caller and kind, such as "scaler list". Kinds are list,
	// get, scale, invoke, metrics and other. Who names no caller, such as the store, is "other".
	Requests map[string]int
	// Bytes are those of the lists and of the pages of metrics, by the same.
	Bytes map[string]int
}

// Scale is one scale call of a synthetic function that was accepted.
type Scale struct {
	At       time.Time
	Function string // name.namespace
	Replicas int
}

// meter counts the requests and keeps the scale calls.
type meter struct {
	mu     sync.Mutex
	counts Counts
	scales []Scale
}

func newMeter() *meter {
	return &meter{counts: Counts{Requests: map[string]int{}, Bytes: map[string]int{}}}
}

func (m *meter) request(caller, kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Requests[caller+" "+kind]++
}

func (m *meter) sent(caller, kind string, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Bytes[caller+" "+kind] += bytes
}

func (m *meter) scaled(s Scale) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scales = append(m.scales, s)
}

// Counts returns what was counted so far.
func (g *Gateway) Counts() Counts {
	g.meter.mu.Lock()
	defer g.meter.mu.Unlock()
	return Counts{Requests: maps.Clone(g.meter.counts.Requests), Bytes: maps.Clone(g.meter.counts.Bytes)}
}

// TakeScales returns the scale calls since the last TakeScales.
func (g *Gateway) TakeScales() []Scale {
	g.meter.mu.Lock()
	defer g.meter.mu.Unlock()
	taken := g.meter.scales
	g.meter.scales = nil
	return taken
}

// callerPrefix begins the path of a request that names its caller. The suite is given a
// gateway_url with such a path, as that of a gateway that is below one.
const callerPrefix = "/as/"

// CallerPath returns the path below which a caller asks the gateway, to be counted apart.
func CallerPath(caller string) string { return callerPrefix + caller }

// callerOf returns the caller that the path names, and removes it from the path.
func callerOf(r *http.Request) string {
	rest, named := strings.CutPrefix(r.URL.Path, callerPrefix)
	if !named {
		return "other"
	}
	caller, path, _ := strings.Cut(rest, "/")
	r.URL.Path, r.URL.RawPath = "/"+path, ""
	return caller
}

// kindOf returns the kind of a request.
func kindOf(path string) string {
	for prefix, kind := range map[string]string{
		"/system/functions": "list", "/system/function/": "get", "/system/scale-function/": "scale", "/function/": "invoke",
		"/metrics": "metrics",
	} {
		if strings.HasPrefix(path, prefix) {
			return kind
		}
	}
	return "other"
}
