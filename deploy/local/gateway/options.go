//go:build unix

package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// withDefaults validates the options and fills in what is not set.
func (o Options) withDefaults() (Options, error) {
	setDefault(&o.Listen, "127.0.0.1:0")
	setDefault(&o.Edition, Standard)
	setDefault(&o.AsyncWorkers, 16)
	setDefault(&o.ServicePoll, 5*time.Second)
	setDefault(&o.IdlePoll, 250*time.Millisecond)
	setDefault(&o.WaitPatience, 2*time.Minute)
	setDefault(&o.LogTimeout, time.Hour)
	setDefault(&o.Release, "dev")
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if err := o.validate(); err != nil {
		return o, err
	}
	return o.withStateDir()
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func (o Options) validate() error {
	if o.Images == nil {
		return errors.New("images must be set")
	}
	if o.User == "" || o.Password == "" {
		return errors.New("user and password must be set")
	}
	if o.StateDir == "" {
		return errors.New("state directory must be set")
	}
	if o.Edition != Standard && o.Edition != Community {
		return fmt.Errorf("edition must be %q or %q, was: %q", Standard, Community, o.Edition)
	}
	if o.AsyncWorkers < 1 {
		return fmt.Errorf("async workers must be at least 1, was: %d", o.AsyncWorkers)
	}
	if min(o.ServicePoll, o.IdlePoll, o.WaitPatience, o.LogTimeout) <= 0 {
		return errors.New("service poll, idle poll, wait patience and log timeout must be positive")
	}
	return validateLoopback(o.Listen)
}

// validateLoopback keeps an API that starts programs off the network.
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

// withStateDir makes the directory and its path absolute, because replicas
// have working directories of their own.
func (o Options) withStateDir() (Options, error) {
	dir, err := filepath.Abs(o.StateDir)
	if err != nil {
		return o, fmt.Errorf("state directory: %w", err)
	}
	o.StateDir = dir
	return o, os.MkdirAll(dir, 0o700)
}
