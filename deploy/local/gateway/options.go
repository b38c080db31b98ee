//go:build unix

package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// withDefaults sets the defaults, validates the options and makes the state directory.
// The receiver is a copy: the options of the caller stay as they are.
func (o Options) withDefaults() (Options, error) {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Edition = cmp.Or(o.Edition, Standard)
	o.AsyncWorkers = cmp.Or(o.AsyncWorkers, 16)
	o.ServicePoll = cmp.Or(o.ServicePoll, 5*time.Second)
	o.WaitPatience = cmp.Or(o.WaitPatience, 2*time.Minute)
	o.LogTimeout = cmp.Or(o.LogTimeout, 65*time.Second)
	o.Release = cmp.Or(o.Release, "dev")
	o.Logger = cmp.Or(o.Logger, slog.Default())
	o.Registry = cmp.Or(o.Registry, prometheus.NewRegistry())
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.validate(); err != nil {
		return o, err
	}
	return o.withStateDir()
}

// validate checks options that have their defaults.
func (o Options) validate() error {
	if o.Images == nil {
		return errors.New("images must be set")
	}
	// No default: a known password would let any local user start programs.
	if o.User == "" || o.Password == "" {
		return errors.New("user and password must be set")
	}
	if o.StateDir == "" {
		return errors.New("state directory must be set")
	}
	if err := o.Edition.Check(); err != nil {
		return fmt.Errorf("edition %w", err)
	}
	if o.AsyncWorkers < 1 {
		return fmt.Errorf("async workers must be at least 1, was: %d", o.AsyncWorkers)
	}
	// A zero value has its default by now, so that only negative ones are left.
	if min(o.ServicePoll, o.WaitPatience, o.LogTimeout) <= 0 {
		return errors.New("service poll, wait patience and log timeout must be positive")
	}
	return validateLoopback(o.Listen)
}

// validateLoopback allows loopback addresses only: the API starts programs, and must
// not be reachable over the network.
func validateLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen address must be on loopback, was: %q", listen)
	}
	return nil
}

// withStateDir makes the directory. Its path becomes absolute, because replicas have
// working directories of their own.
func (o Options) withStateDir() (Options, error) {
	dir, err := filepath.Abs(o.StateDir)
	if err != nil {
		return o, fmt.Errorf("state directory: %w", err)
	}
	o.StateDir = dir
	return o, os.MkdirAll(dir, 0o700)
}
