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

// scrapeConfig returns the configuration of the jobs that the options ask for, in the
// form of Prometheus. It is written as JSON, of which YAML is a superset.
//
// refresh is the refresh_interval of the list of targets, for Prometheus. VictoriaMetrics
// has a flag instead and refuses the key; refresh is "" then.
//
//	{"global": {"scrape_interval": "5000ms", "scrape_timeout": "5000ms"},
//	 "scrape_configs": [
//	  {"job_name": "functions", "honor_labels": true, "http_sd_configs": [{"url": "http://..."}]},
//	  {"job_name": "gateway", "static_configs": [{"targets": ["127.0.0.1:8080"]}]}]}
func (o Options) scrapeConfig(refresh string) map[string]any {
	var jobs []map[string]any
	if o.Discovery != "" {
		source := map[string]string{"url": o.Discovery}
		if refresh != "" {
			source["refresh_interval"] = refresh
		}
		// A function can export metrics of another function. A label function_name that
		// it sets is kept then; the label of the target is for metrics without one.
		jobs = append(jobs, map[string]any{"job_name": functionsJob, "honor_labels": true, "http_sd_configs": []any{source}})
	}
	if o.Gateway != "" {
		gateway := map[string]any{"job_name": "gateway", "static_configs": []any{map[string]any{"targets": []string{o.Gateway}}}}
		if o.Username != "" {
			gateway["basic_auth"] = map[string]string{"username": o.Username, "password": o.Password}
		}
		jobs = append(jobs, gateway)
	}
	if o.ScrapeOffset > 0 {
		for _, job := range jobs {
			job["scrape_offset"] = milliseconds(o.ScrapeOffset)
		}
	}
	// Prometheus refuses a timeout above the interval.
	interval, timeout := milliseconds(o.ScrapeInterval), milliseconds(min(o.ScrapeInterval, maxScrape))
	return map[string]any{"global": map[string]string{"scrape_interval": interval, "scrape_timeout": timeout}, "scrape_configs": jobs}
}

// writeConfig replaces the configuration file. Only the owner may read it, because
// it can hold a password.
func writeConfig(path string, c map[string]any) error {
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
