package store

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"prewarm/shared/cli"
	"prewarm/shared/config"
)

// functionsJob is the job of the targets that Options.Discovery lists.
const functionsJob = "functions"

// discoveryPeriod is how often the store asks for the list of targets. Replicas
// come and go within seconds, so that the usual minute would be too long.
const discoveryPeriod = 500 * time.Millisecond

// maxScrape bounds the time of one scrape.
const maxScrape = 10 * time.Second

// scrapeConfig is the part of the Prometheus configuration used here. It is
// written as JSON, of which YAML is a superset.
type scrapeConfig struct {
	Global struct {
		ScrapeInterval string `json:"scrape_interval"`
		ScrapeTimeout  string `json:"scrape_timeout"`
	} `json:"global"`
	Jobs []job `json:"scrape_configs"`
}

// job is one scrape job. Honor keeps labels of the metrics that the target has too.
type job struct {
	Name   string       `json:"job_name"`
	Honor  bool         `json:"honor_labels,omitempty"`
	Static []targets    `json:"static_configs,omitempty"`
	HTTP   []httpSource `json:"http_sd_configs,omitempty"`
	Auth   *basicAuth   `json:"basic_auth,omitempty"`
}

// targets are addresses that never change.
type targets struct {
	Targets []string `json:"targets"`
}

// httpSource is the address of a list of targets.
type httpSource struct {
	URL string `json:"url"`

	// RefreshInterval is for Prometheus. VictoriaMetrics has a flag instead and
	// refuses unknown keys.
	RefreshInterval string `json:"refresh_interval,omitempty"`
}

// basicAuth are the credentials of a job.
type basicAuth struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// scrapeConfig returns the configuration of the jobs that the options ask for.
func (o Options) scrapeConfig(refresh string) scrapeConfig {
	var c scrapeConfig
	c.Global.ScrapeInterval = milliseconds(o.ScrapeInterval)
	c.Global.ScrapeTimeout = milliseconds(min(o.ScrapeInterval, maxScrape))
	if o.Discovery != "" {
		// A function can report about another one. Its own label function_name is
		// kept then; the label of the target is for metrics without one.
		c.Jobs = append(c.Jobs, job{Name: functionsJob, Honor: true, HTTP: []httpSource{{URL: o.Discovery, RefreshInterval: refresh}}})
	}
	if o.Gateway != "" {
		gateway := job{Name: "gateway", Static: []targets{{Targets: []string{o.Gateway}}}}
		if o.Username != "" {
			gateway.Auth = &basicAuth{Username: o.Username, Password: o.Password}
		}
		c.Jobs = append(c.Jobs, gateway)
	}
	return c
}

// writeConfig replaces the configuration file. Only the owner may read it, because
// it can hold a password.
func writeConfig(path string, c scrapeConfig) error {
	return cli.WritePrivate(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(c) })
}

// checkTargets checks what is scraped.
func (o Options) checkTargets() error {
	if host, port, err := net.SplitHostPort(o.Gateway); o.Gateway != "" && (err != nil || host == "" || port == "") {
		return fmt.Errorf("store: Gateway must be host:port, was: %q", o.Gateway)
	}
	if _, err := config.ParseURL(o.Discovery, "http", "https"); o.Discovery != "" && err != nil {
		return fmt.Errorf("store: Discovery %w", err)
	}
	return nil
}

// milliseconds writes a duration in a form that both programs read.
func milliseconds(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }
