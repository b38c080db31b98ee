package natsserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"
)

const (
	// healInterval is the time between two looks at the health of the server.
	healInterval = time.Second

	// room is the bytes that can be written before a restart is worth it. The probe of the
	// Kubernetes manifests (nats-alive.sh) asks for 64 MiB of free space; here they are
	// written, so that a quota or a volume that is read-only counts as well.
	room = 16 << 20
)

// heal restarts the server if it cannot write although there is room again, until ctx ends:
// after a full disk a stream keeps its first write error until a restart, and publishers get
// no answer. While the disk is full a restart would not help, and the log says what would.
//
// Source: nats-io/nats-server, server/monitor.go, Server.healthz.
func (s *Server) heal(ctx context.Context) {
	ticker := time.NewTicker(healInterval)
	defer ticker.Stop()
	for full := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			full = s.check(full)
		}
	}
}

// check restarts the server if that helps. It returns whether the disk is full, and logs so if
// it was not full before.
func (s *Server) check(wasFull bool) (full bool) {
	why := s.sick()
	if why == "" {
		return false
	}
	log := s.log.log.With("dir", s.options.Dir, "health", why)
	if err := s.options.writeRoom(); err != nil {
		if !wasFull {
			log.Error("NATS cannot write: free some space on the disk of its directory; it restarts then", "error", err)
		}
		return true
	}
	log.Warn("NATS restarts: it cannot write although there is room again")
	s.end()
	if err := s.start(); err != nil {
		log.Error("NATS did not start, and is tried again", "error", err)
	}
	return false
}

// sick returns why the server cannot write, empty if it can.
func (s *Server) sick() string {
	if !s.nats.Running() {
		return "the server does not run"
	}
	answer := httptest.NewRecorder()
	s.nats.HandleHealthz(answer, httptest.NewRequest(http.MethodGet, "/healthz?details=true", nil))
	health := answer.Body.String()
	if strings.Contains(health, "write error") || strings.Contains(health, "not enabled") {
		return health
	}
	return ""
}

// writeRoom writes room bytes into the directory and removes them.
func (o Options) writeRoom() error {
	f, err := os.CreateTemp(o.Dir, "room-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(make([]byte, room)); err != nil {
		return err
	}
	return f.Sync()
}
