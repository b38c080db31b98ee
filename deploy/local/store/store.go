// Package store runs VictoriaMetrics, a Prometheus-compatible store, as a child process
// on the loopback interface. The tests run against Prometheus too, if it is installed.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options configure a store.
type Options struct {
	// Binary is the program: what Build returned, or prometheus.
	Binary string

	// Dir holds the samples and the scrape configuration. A store that is started
	// again with it has all samples. Only one store at a time may use it.
	Dir string

	// Listen is the loopback address to serve at. Port 0 takes a free port, and so
	// does the empty string.
	Listen string

	// ScrapeInterval is at least 100 ms; 0 is 5 s.
	ScrapeInterval time.Duration

	// ScrapeOffset is the time from a multiple of ScrapeInterval on the clock to a
	// scrape, below ScrapeInterval. If it is 0, each target has an offset that the store
	// chooses. VictoriaMetrics only.
	ScrapeOffset time.Duration

	// Gateway is the host:port that is scraped as job "gateway", with Username and
	// Password if they are set; empty for no such job.
	Gateway            string
	Username, Password string

	// Discovery is the URL of a list of further targets, which are scraped as job
	// "functions"; empty for none. The list has the form of Prometheus' HTTP
	// service discovery. The store asks for it twice a second, and keeps the last
	// list while it gets no answer.
	Discovery string

	// Retention is the age at which samples are dropped, at least a day; 0 is
	// 30 days.
	Retention time.Duration

	// Logger receives the store's output at debug level, and its crashes as
	// errors; nil is slog.Default().
	Logger *slog.Logger
}

const (
	defaultInterval  = 5 * time.Second
	leastInterval    = 100 * time.Millisecond
	defaultRetention = 30 * 24 * time.Hour
	leastRetention   = 24 * time.Hour
)

// Store is a running store. If its process crashes, it is started again.
type Store struct {
	address   string
	flushPath string // empty if samples are visible at once
	child     *child
	stopOnce  sync.Once
}

// Address is the host:port the store serves on.
func (s *Store) Address() string { return s.address }

// URL is the base of the store's Prometheus API, http://127.0.0.1:PORT.
func (s *Store) URL() string { return "http://" + s.address }

// Pid is the process id of the running store. It changes after a crash.
func (s *Store) Pid() int { return s.child.pid() }

// Stop writes all samples to disk and ends the store. It may be called more than once.
func (s *Store) Stop() { s.stopOnce.Do(s.child.stop) }

// Flush makes all samples scraped so far visible to queries. It takes about a
// millisecond. Without it, VictoriaMetrics shows a sample after up to 4 s. A sample of
// a new series takes up to 11 s if the same query was made before, because the store
// caches which series a selector has found. Prometheus shows samples at once; Flush
// does nothing there.
func (s *Store) Flush(ctx context.Context) error {
	if s.flushPath == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+s.flushPath, nil)
	if err != nil {
		return fmt.Errorf("flush store: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("flush store: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("flush store: answered %s", res.Status)
	}
	return nil
}

// prepared is what both programs are started with.
type prepared struct {
	Options
	address string // with the port
	data    string // directory of the samples
	config  string // file of the scrape configuration
}

// prepare checks the options, picks the port and writes the configuration.
// refresh is how often the list of targets is read, empty for the program's default.
func prepare(o Options, refresh string) (*prepared, error) {
	o.applyDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	p := &prepared{
		Options: o,
		data:    filepath.Join(dir, "data"),
		config:  filepath.Join(dir, "scrape.json"),
	}
	if err := os.MkdirAll(p.data, 0o700); err != nil {
		return nil, err
	}
	if p.address, err = pickAddress(o.Listen); err != nil {
		return nil, err
	}
	return p, writeConfig(p.config, p.scrapeConfig(refresh))
}

// applyDefaults sets the defaults that the fields state.
func (o *Options) applyDefaults() {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.ScrapeInterval = cmp.Or(o.ScrapeInterval, defaultInterval)
	o.Retention = cmp.Or(o.Retention, defaultRetention)
	o.Logger = cmp.Or(o.Logger, slog.Default()).With("part", "store")
}

// validate names the first option that is missing or out of bounds.
func (o *Options) validate() error {
	switch host, _, err := net.SplitHostPort(o.Listen); {
	case o.Binary == "":
		return errors.New("store: Binary must be set")
	case o.Dir == "":
		return errors.New("store: Dir must be set")
	case err != nil:
		return fmt.Errorf("store: Listen must be host:port, was: %q", o.Listen)
	case !net.ParseIP(host).IsLoopback():
		return fmt.Errorf("store: Listen must be a loopback address, was: %q", o.Listen)
	case o.ScrapeInterval < leastInterval:
		return fmt.Errorf("store: ScrapeInterval must be at least %v, was: %v", leastInterval, o.ScrapeInterval)
	case o.ScrapeOffset < 0 || o.ScrapeOffset >= o.ScrapeInterval:
		return fmt.Errorf("store: ScrapeOffset must be at least 0s and below %v, was: %v", o.ScrapeInterval, o.ScrapeOffset)
	case o.Retention < leastRetention:
		return fmt.Errorf("store: Retention must be at least %v, was: %v", leastRetention, o.Retention)
	}
	return o.checkTargets()
}

// pickAddress replaces port 0 by a free port: the programs can choose one themselves,
// but do not report it. A port that is taken is an error here, because the program
// that has it could answer the readiness probe.
func pickAddress(listen string) (string, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
