package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"prewarm/shared/config"
)

// maxFailures bounds the log lines of one outage: some errors name the port of the client,
// which differs with every connect.
const maxFailures = 3

// outage is what is known of failed connects. It is safe for concurrent use.
type outage struct {
	log *slog.Logger

	mu     sync.Mutex
	cause  error    // of the last failed connect
	logged []string // texts of the present outage
}

// note keeps the error of a failed connect, and logs it if its text is new.
func (o *outage) note(err error) {
	err = explainConnect(err)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause = err
	if text := err.Error(); len(o.logged) < maxFailures && !slices.Contains(o.logged, text) {
		o.logged = append(o.logged, text)
		o.log.Warn("cannot connect to NATS, trying on", "error", err)
	}
}

// end is called after a connect.
func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.logged != nil {
		o.log.Info("connected to NATS")
	}
	o.cause, o.logged = nil, nil
}

// last returns the error of the last failed connect, nil if it succeeded.
func (o *outage) last() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cause
}

// connection returns an ErrUnavailable with the reason if the connection is down.
func (b *Bus) connection() error {
	if b.conn.IsConnected() {
		return nil
	}
	err := fmt.Errorf("%w: connection is %v", ErrUnavailable, b.conn.Status())
	if cause := b.outage.last(); cause != nil && !namesAddress(cause) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// namesAddress reports whether an error of the network names addresses, which the log has:
// anyone may read the health of a function.
func namesAddress(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && network.Op != "remote error" // which is an alert of TLS
}

// explainConnect names the key or secret that mends a failed connect.
func explainConnect(err error) error {
	if errors.Is(err, nats.ErrSecureConnWanted) {
		return fmt.Errorf("the server in nats_url speaks no TLS, so that neither tls:// nor a secret nats-ca, nats-cert or nats-key can be set: %w", err)
	}
	return config.ExplainTLS("nats", err)
}

// The check of the streams after a connect is repeated until it is answered: JetStream
// starts after the server, and an account may lack the permission for it.
const (
	checkRetry    = time.Second
	checkRetryMax = time.Minute
)

// watch checks the streams after each connect, and notes why connects fail. It ends when
// the connection is closed or a foreign stream is found. changed receives every change of
// the connection.
func (b *Bus) watch(changed chan nats.Status) {
	defer b.conn.RemoveStatusListener(changed)
	for wait := checkRetry; !b.conn.IsClosed(); {
		var retry <-chan time.Time
		if b.conn.IsConnected() {
			b.outage.end()
			err := b.checkStreams(context.Background())
			if b.fail(err) {
				return
			}
			if err != nil {
				retry, wait = time.After(wait), min(2*wait, checkRetryMax)
			}
		} else if err := b.conn.LastError(); err != nil {
			b.outage.note(err)
		}
		select {
		case <-changed:
			wait = checkRetry
		case <-retry:
		}
	}
}
