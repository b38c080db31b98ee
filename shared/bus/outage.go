package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"prewarm/shared/config"
)

// maxFailures bounds the log lines of one outage.
const maxFailures = 8

// Outage is what is known of failed connects to NATS. It is safe for concurrent use.
type Outage struct {
	log *slog.Logger

	mu     sync.Mutex
	cause  error    // of the last failed connect
	logged []string // kinds of failures in the present outage
}

// NewOutage returns an Outage that logs failed connects.
func NewOutage(log *slog.Logger) *Outage { return &Outage{log: log} }

// Note keeps the error of a failed connect, which then names the key or secret that mends
// it, and logs it if its kind is new in this outage.
func (o *Outage) Note(err error) {
	err = explainConnect(err)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause = err
	if k := kind(err); len(o.logged) < maxFailures && !slices.Contains(o.logged, k) {
		o.logged = append(o.logged, k)
		o.log.Warn("no connection to NATS, trying on", "error", err)
	}
}

// kind returns the text of an error without addresses: the port of the client differs with
// every connect.
func kind(err error) string {
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Op + ": " + network.Err.Error()
	}
	return err.Error()
}

// End is called after a connect. It reports whether connects had failed before.
func (o *Outage) End() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	failed := o.logged != nil
	o.cause, o.logged = nil, nil
	return failed
}

// Cause returns the error of the last failed connect, nil if it succeeded.
func (o *Outage) Cause() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cause
}

// explainConnect names the key or secret that mends a failed connect.
func explainConnect(err error) error {
	if errors.Is(err, nats.ErrSecureConnWanted) {
		return fmt.Errorf("the server in nats_url speaks no TLS, so that neither tls:// nor a secret nats-ca, nats-cert or nats-key can be set: %w", err)
	}
	return config.ExplainTLS("nats", err)
}
