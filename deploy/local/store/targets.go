package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"prewarm/shared/atomicfile"
)

// functionsJob is the job of the targets given to SetTargets.
const functionsJob = "functions"

// Target is one replica of a function that serves metrics.
type Target struct {
	Address  string // host:port
	Path     string // of the metrics; empty is /metrics
	Function string // becomes the label function_name
	Labels   map[string]string
}

func (t Target) validate() error {
	host, port, err := net.SplitHostPort(t.Address)
	switch {
	case err != nil || host == "" || port == "":
		return fmt.Errorf("target must be host:port, was: %q", t.Address)
	case t.Function == "":
		return fmt.Errorf("target %s must have a Function", t.Address)
	case t.Path != "" && !strings.HasPrefix(t.Path, "/"):
		return fmt.Errorf("target %s must have a Path that begins with /, was: %q", t.Address, t.Path)
	}
	return nil
}

// group is one entry of a file_sd file, as Prometheus defines it.
type group struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

func (t Target) group() group {
	labels := map[string]string{}
	for name, value := range t.Labels {
		labels[name] = value
	}
	labels["function_name"] = t.Function
	if t.Path != "" {
		labels["__metrics_path__"] = t.Path
	}
	return group{Targets: []string{t.Address}, Labels: labels}
}

// SetTargets replaces the functions to scrape. The store notices within half a
// second. The list outlives a stop: a store started again begins with it.
func (s *Store) SetTargets(targets []Target) error {
	groups := make([]group, 0, len(targets))
	var errs []error
	for _, t := range targets {
		errs = append(errs, t.validate())
		groups = append(groups, t.group())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("set targets: %w", err)
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.Targets[0], b.Targets[0]) })
	if err := writeJSON(s.targets, groups); err != nil {
		return fmt.Errorf("set targets: %w", err)
	}
	return nil
}

// scrapeConfig is the part of the Prometheus configuration used here. It is
// written as JSON, of which YAML is a superset.
type scrapeConfig struct {
	Global struct {
		ScrapeInterval string `json:"scrape_interval"`
		ScrapeTimeout  string `json:"scrape_timeout"`
	} `json:"global"`
	Jobs []job `json:"scrape_configs"`
}

type job struct {
	Name   string     `json:"job_name"`
	Honor  bool       `json:"honor_labels,omitempty"`
	Static []group    `json:"static_configs,omitempty"`
	Files  []filesSD  `json:"file_sd_configs,omitempty"`
	Auth   *basicAuth `json:"basic_auth,omitempty"`
}

type filesSD struct {
	Files []string `json:"files"`
}

type basicAuth struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// writeFiles writes the scrape configuration, and the list of functions where
// there is none yet.
func (p *prepared) writeFiles() error {
	var config scrapeConfig
	config.Global.ScrapeInterval = milliseconds(p.ScrapeInterval)
	config.Global.ScrapeTimeout = milliseconds(min(p.ScrapeInterval, 10*time.Second))
	// What a function says of another one, in a label function_name, stays as it
	// is: the label of the target is for what has none.
	config.Jobs = []job{{Name: functionsJob, Honor: true, Files: []filesSD{{Files: []string{p.targets}}}}}
	if p.Gateway != "" {
		gateway := job{Name: "gateway", Static: []group{{Targets: []string{p.Gateway}}}}
		if p.Username != "" {
			gateway.Auth = &basicAuth{Username: p.Username, Password: p.Password}
		}
		config.Jobs = append(config.Jobs, gateway)
	}
	if err := writeJSON(p.config, config); err != nil {
		return err
	}
	if _, err := os.Stat(p.targets); err == nil {
		return nil
	}
	return writeJSON(p.targets, []group{})
}

// milliseconds writes a duration as both programs read it.
func milliseconds(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// writeJSON replaces a file at once, so that a reader sees the old or the new
// one. Only the owner may read it: it can hold a password.
func writeJSON(path string, value any) error {
	return atomicfile.WritePrivate(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(value) })
}
