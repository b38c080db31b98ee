// Package cron calls functions on a schedule. It is part of the local platform, and the Helm chart
// runs it for the collector. It imitates OpenFaaS' cron-connector and reads the same annotations:
//
//	topic: cron-function
//	schedule: "*/1 * * * *"
//
// A schedule has five fields, in UTC, or is a descriptor such as @hourly or @every 5s.
// The shortest period is a second. The call has an empty body. As with the
// cron-connector, a missed tick is not repeated, and a call does not wait for the one
// before.
package cron

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/robfig/cron/v3"

	"prewarm/shared/config"
	"prewarm/shared/openfaas"
)

// Topic is the value of the annotation "topic" of a function with a schedule.
const Topic = "cron-function"

const (
	defaultInterval = time.Second
	defaultTimeout  = time.Minute
)

// Options configure a connector.
type Options struct {
	GatewayURL         string // http or https
	Username, Password string // for the list of functions
	TLS                *tls.Config

	// Functions are those that are called (name.namespace), as far as they have a schedule; empty
	// for all.
	Functions []string

	// Interval is the time between two polls of the gateway's functions; 0 is 1 s.
	Interval time.Duration

	// Timeout bounds one poll and one call; 0 is 1 minute.
	Timeout time.Duration

	// Logger receives changes of schedules and failed calls; nil is slog.Default().
	Logger *slog.Logger

	// Registerer receives the metrics; nil for none.
	Registerer prometheus.Registerer
}

// Connector calls functions while Run runs.
type Connector struct {
	options   Options
	log       *slog.Logger
	metrics   *metrics
	functions *openfaas.Client
	calls     *http.Client
	known     atomic.Bool // the last list of the functions was read
}

// New returns a connector. It sends no request.
func New(options Options) (*Connector, error) {
	options.applyDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	functions, err := openfaas.New(openfaas.Config{
		URL: options.GatewayURL, TLS: options.TLS, User: options.Username, Password: options.Password, Timeout: options.Timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("cron: %w", err)
	}
	return &Connector{
		options:   options,
		log:       options.Logger.With("part", "cron"),
		metrics:   newMetrics(options.Registerer),
		functions: functions,
		calls:     &http.Client{Timeout: options.Timeout, Transport: config.HTTPClient("gateway", options.GatewayURL, options.TLS).Transport},
	}, nil
}

func (o *Options) applyDefaults() {
	o.Interval = cmp.Or(o.Interval, defaultInterval)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Logger = cmp.Or(o.Logger, slog.Default())
}

// validate checks options that have their defaults, and cleans the path of the URL.
func (o *Options) validate() error {
	base, err := config.ParseBase(o.GatewayURL, "http", "https")
	if err != nil {
		return fmt.Errorf("cron: GatewayURL %w", err)
	}
	o.GatewayURL = base.String()
	if o.Interval < 0 || o.Timeout < 0 {
		return fmt.Errorf("cron: Interval and Timeout must not be negative, were: %v, %v", o.Interval, o.Timeout)
	}
	return nil
}

// Run calls functions on their schedules until ctx ends. It then cancels the calls in
// flight, waits for their end and returns nil. While the gateway does not answer, the
// last known schedules stay in effect.
func (c *Connector) Run(ctx context.Context) error {
	runner := cron.New(cron.WithLocation(time.UTC))
	runner.Start()
	t := newTimetable(runner, c.log, func(function string) { c.call(ctx, function) })
	// Each tick has a goroutine of its own, so that a slow call delays no other one.
	c.watch(ctx, t)
	<-runner.Stop().Done()
	c.calls.CloseIdleConnections()
	return nil
}

// watch polls the functions at the interval and updates the schedules. Of a series of
// failures it logs the first.
func (c *Connector) watch(ctx context.Context, t *timetable) {
	ticker := time.NewTicker(c.options.Interval)
	defer ticker.Stop()
	failing := false
	for {
		functions, err := c.functions.List(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			t.update(c.schedules(functions))
			c.metrics.functions.Set(float64(len(t.entries)))
			c.metrics.rejected.Set(float64(len(t.rejected)))
		case !failing:
			c.log.Warn("functions unknown, the last known schedules stay", "error", err)
		}
		failing = err != nil
		c.known.Store(!failing)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Ready returns an error while the schedules are not known: before the first list of the
// functions, and while the gateway does not answer.
func (c *Connector) Ready() error {
	if !c.known.Load() {
		return errors.New("the gateway does not list the functions")
	}
	return nil
}

// schedules returns the annotation "schedule" of the functions that have the topic and may be
// called.
func (c *Connector) schedules(functions []openfaas.Function) map[string]string {
	wanted := map[string]string{}
	for _, f := range functions {
		may := len(c.options.Functions) == 0 || slices.Contains(c.options.Functions, f.Name)
		if may && strings.TrimSpace(f.Annotations["topic"]) == Topic {
			wanted[f.Name] = strings.TrimSpace(f.Annotations["schedule"])
		}
	}
	return wanted
}
