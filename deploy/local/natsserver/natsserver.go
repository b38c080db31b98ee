// Package natsserver runs a NATS server with JetStream inside this process, on
// the loopback interface only.
package natsserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	loopback = "127.0.0.1"

	// readyTimeout bounds the start, which reads the stored streams.
	readyTimeout = 30 * time.Second

	// readyPoll is how long one check waits for the listener.
	readyPoll = 50 * time.Millisecond
)

// Options configure a server. Clients authenticate with Username and Password,
// or with Token, or not at all.
type Options struct {
	// Dir holds the JetStream files. A server that is started again with it has the
	// same streams. Only one server at a time may use it.
	Dir string

	// Port is the client port on 127.0.0.1; 0 takes a free port.
	Port int

	Username, Password string
	Token              string

	// Logger receives the server's log; nil is slog.Default(). Notices, of which
	// a start writes about twenty, are logged at debug level.
	Logger *slog.Logger
}

// Server is a running NATS server. It restarts if it cannot write although there is room
// again (heal.go).
type Server struct {
	options Options
	log     *logger
	url     string

	nats     *server.Server
	stop     context.CancelFunc // of healing
	watching sync.WaitGroup
}

// Start starts a server. It returns when clients can connect and JetStream serves the
// streams in the directory.
func Start(options Options) (*Server, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{options: options}
	if err := s.start(); err != nil {
		return nil, err
	}
	s.url = s.nats.ClientURL()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.watching.Go(func() { s.heal(ctx) })
	return s, nil
}

// start starts the server on the port of the options. A free port is taken once, so that a
// restart has the same address.
func (s *Server) start() error {
	nats, err := server.NewServer(s.options.forServer())
	if err != nil {
		return fmt.Errorf("nats server: %w", err)
	}
	s.nats, s.log = nats, newLogger(s.options.Logger)
	s.nats.SetLoggerV2(s.log, s.log.debugging(), false, false)
	s.nats.Start()
	if err := s.awaitReady(s.log); err != nil {
		s.end()
		return fmt.Errorf("nats server in %s on port %d: %w", s.options.Dir, s.options.Port, err)
	}
	if address, ok := s.nats.Addr().(*net.TCPAddr); ok {
		s.options.Port = address.Port
	}
	return nil
}

// validate names the first option that is missing or out of bounds.
func (o Options) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("nats server: Dir must be set")
	case o.Port < 0 || o.Port > 65535:
		return fmt.Errorf("nats server: Port must be between 0 and 65535, was: %d", o.Port)
	case o.Token != "" && o.Username != "":
		return errors.New("nats server: Token and Username exclude each other")
	case (o.Username == "") != (o.Password == ""):
		return errors.New("nats server: Username and Password must be set together")
	}
	return nil
}

// forServer returns the options of the server's own package.
func (o Options) forServer() *server.Options {
	port := o.Port
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return &server.Options{
		ServerName:             "prewarm",
		Host:                   loopback,
		Port:                   port,
		Username:               o.Username,
		Password:               o.Password,
		Authorization:          o.Token,
		JetStream:              true,
		StoreDir:               o.Dir,
		DisableJetStreamBanner: true,
		NoSigs:                 true, // signals belong to the program
	}
}

// awaitReady waits until the server is ready. It returns the first fatal message of the
// server as an error, for instance that the port is taken.
func (s *Server) awaitReady(log *logger) error {
	deadline := time.Now().Add(readyTimeout)
	for time.Now().Before(deadline) {
		if err := log.fatal(); err != nil {
			return err
		}
		if s.nats.ReadyForConnections(readyPoll) && s.nats.JetStreamEnabled() {
			return nil
		}
	}
	return fmt.Errorf("not ready after %v", readyTimeout)
}

// URL is the address for clients, nats://127.0.0.1:PORT, without credentials.
func (s *Server) URL() string { return s.url }

// Stop ends the server and waits until its files are closed. It may be called
// more than once.
func (s *Server) Stop() {
	s.stop()
	s.watching.Wait()
	s.end()
}

// end is Stop without the end of healing.
func (s *Server) end() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}
