package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats.go"
)

// connection returns an ErrUnavailable with the reason if the connection is down.
func (b *Bus) connection() error {
	if b.conn.IsConnected() {
		return nil
	}
	err := fmt.Errorf("%w: connection is %v", ErrUnavailable, b.conn.Status())
	if cause := b.outage.Cause(); cause != nil && !namesAddress(cause) {
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
			if b.outage.End() {
				b.cfg.Log.Info("connected to NATS")
			}
			err := b.checkStreams(context.Background())
			if b.fail(err) {
				return
			}
			if err != nil {
				retry, wait = time.After(wait), min(2*wait, checkRetryMax)
			}
		} else if err := b.conn.LastError(); err != nil {
			b.outage.Note(err)
		}
		select {
		case <-changed:
			wait = checkRetry
		case <-retry:
		}
	}
}
