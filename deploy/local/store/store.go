// Package store runs a Prometheus-compatible store as a child process on the
// loopback interface: VictoriaMetrics for the local platform, and Prometheus for
// tests that hold against both.
package store

import (
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

	// Dir holds the samples and the scrape configuration. A store started again
	// on it has all samples. One store at a time may use it.
	Dir string

	// Listen is the address to serve on, host 127.0.0.1; port 0 takes a free one,
	// and so does the empty string.
	Listen string

	// ScrapeInterval is at least 100 ms; 0 is 5 s.
	ScrapeInterval time.Duration

	// Gateway is the host:port that is scraped as job "gateway", with Username
	// and Password where they are set; empty for no such job.
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

// Store is a running store. It is started again when it crashes.
type Store struct {
	address   string
	flushPath string // empty where samples are visible at once
	child     *child
	stopOnce  sync.Once
}

// Address is the host:port the store serves on.
func (s *Store) Address() string { return s.address }

// URL is the base of the store's Prometheus API, http://127.0.0.1:PORT.
func (s *Store) URL() string { return "http://" + s.address }

// Pid is the process id of the running store. It changes when the store crashed.
func (s *Store) Pid() int { return s.child.pid() }

// Stop writes all samples to disk, ends the store and waits for its end. It may
// be called more than once.
func (s *Store) Stop() { s.stopOnce.Do(s.child.stop) }

// Flush makes all samples scraped so far visible to queries, at a cost of about
// a millisecond. By itself VictoriaMetrics shows a sample after up to 4 s, and
// one of a new series after up to 11 s where the query was asked before, because
// it remembers which series a selector found. Prometheus shows samples at once,
// so Flush does nothing there.
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

// prepared is what both programs need: defaults applied, files written.
type prepared struct {
	Options
	address string // with the port
	data    string // directory of the samples
	config  string // file of the scrape configuration
}

// prepare checks the options, picks the port and writes the configuration.
// refresh is how often the list of targets is read, if the configuration says it.
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

func (o *Options) applyDefaults() {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.ScrapeInterval == 0 {
		o.ScrapeInterval = defaultInterval
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Logger = o.Logger.With("part", "store")
}

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
	case o.Retention < leastRetention:
		return fmt.Errorf("store: Retention must be at least %v, was: %v", leastRetention, o.Retention)
	}
	return o.checkTargets()
}

// pickAddress replaces port 0 with a free port: the programs could choose one
// themselves but would not tell which. A port that is taken is an error here,
// because who holds it may answer the question for readiness.
func pickAddress(listen string) (string, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
