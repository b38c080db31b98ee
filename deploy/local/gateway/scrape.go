//go:build unix

package gateway

// Annotations by which a Prometheus on Kubernetes finds a function's metrics.
const (
	annotationScrape     = "prometheus.io.scrape"
	annotationScrapePath = "prometheus.io.path"
)

// ScrapeTarget is one ready replica that asks to be scraped.
type ScrapeTarget struct {
	Function string // name.namespace
	Address  string // host:port
	Path     string // "" for /metrics
}

// ScrapeTargets returns the ready replicas of functions with the annotation
// prometheus.io.scrape: "true". The annotated port is that of the watchdog in a
// container; here a replica has one port of its own.
func (g *Gateway) ScrapeTargets() []ScrapeTarget {
	var targets []ScrapeTarget
	for _, fn := range g.list() {
		d, _ := fn.state()
		annotations := deref(d.Annotations)
		if annotations[annotationScrape] != "true" {
			continue
		}
		for _, address := range fn.pool.Addresses() {
			targets = append(targets, ScrapeTarget{fn.label(), address, annotations[annotationScrapePath]})
		}
	}
	return targets
}
