//go:build unix

package gateway

import "net/http"

// TargetsPath is the path at which the gateway lists the replicas to scrape, in
// the form of Prometheus' HTTP service discovery. On Kubernetes a Prometheus finds
// them by the annotations of their pods; OpenFaaS has no such path.
const TargetsPath = "/prewarm-local/targets"

// Annotations by which a Prometheus on Kubernetes finds a function's metrics.
const (
	annotationScrape     = "prometheus.io.scrape"
	annotationScrapePath = "prometheus.io.path"
)

// targetGroup is one replica in the list.
//
// Source: https://prometheus.io/docs/prometheus/latest/http_sd/
type targetGroup struct {
	Targets []string          `json:"targets"` // host:port
	Labels  map[string]string `json:"labels"`
}

// listTargets lists the ready replicas of functions with the annotation
// prometheus.io.scrape: "true". The annotated port is that of the watchdog in a
// container; here a replica has one port of its own.
func (g *Gateway) listTargets(w http.ResponseWriter, _ *http.Request) error {
	groups := []targetGroup{}
	for _, fn := range g.list() {
		d, _ := fn.state()
		annotations := deref(d.Annotations)
		if annotations[annotationScrape] != "true" {
			continue
		}
		// The label under which the gateway's own metrics know the function.
		labels := map[string]string{"function_name": fn.label()}
		if path := annotations[annotationScrapePath]; path != "" {
			labels["__metrics_path__"] = path
		}
		for _, address := range fn.pool.Addresses() {
			groups = append(groups, targetGroup{[]string{address}, labels})
		}
	}
	return writeJSON(w, groups)
}
