package connector

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"prewarm/shared/bus"
)

const (
	reconnectWait = 500 * time.Millisecond
	flushTimeout  = 2 * time.Second
)

// connect returns a connection that is established in the background, now and
// after every loss, without a limit. It also retries after refused credentials,
// because the operator may change them on the server. The client buffers what is
// sent without a connection, such as acknowledgements, and sends it later. Failed
// connects are noted in outage.
func connect(c NATSConfig, outage *bus.Outage, log *slog.Logger) (*nats.Conn, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	options = append(options,
		nats.Name("prewarm-connector"),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { outage.Note(err) }),
		nats.ConnectHandler(func(conn *nats.Conn) { log.Info("connected to NATS", "url", conn.ConnectedUrlRedacted()) }),
		nats.ReconnectHandler(func(conn *nats.Conn) { log.Info("connected to NATS again", "url", conn.ConnectedUrlRedacted()) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: this program closed the connection
				log.Warn("lost the connection to NATS", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("NATS", "error", err) }),
	)
	conn, err := nats.Connect(c.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	return conn, nil
}

// options returns the credentials as options. It checks that their file exists: because
// the connection is established in the background, a wrong path would otherwise
// only show as a connection that is never established.
func (c NATSConfig) options() ([]nats.Option, error) {
	var options []nats.Option
	if c.Username != "" {
		options = append(options, nats.UserInfo(c.Username, c.Password))
	}
	if c.Token != "" {
		options = append(options, nats.Token(c.Token))
	}
	if c.CredsFile != "" {
		if _, err := os.Stat(c.CredsFile); err != nil {
			return nil, fmt.Errorf("nats_creds_file: %w", err)
		}
		options = append(options, nats.UserCredentials(c.CredsFile))
	}
	if c.TLS != nil {
		options = append(options, nats.Secure(c.TLS))
	}
	return options, nil
}

// flush sends what is still buffered. It does nothing without a connection: the
// server then redelivers the messages that were not acknowledged.
func flush(conn *nats.Conn, log *slog.Logger) {
	if !conn.IsConnected() {
		return
	}
	if err := conn.FlushTimeout(flushTimeout); err != nil {
		log.Warn("acknowledgements may be lost, their messages are delivered again", "error", err)
	}
}
