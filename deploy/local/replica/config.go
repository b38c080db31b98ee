//go:build unix

package replica

import (
	"log/slog"
	"time"
)

// Config is what a pool uses beside the spec of its replicas.
type Config struct {
	Launcher *Launcher

	// Now is the clock of accounting and logs, default time.Now.
	Now func() time.Time

	// Logger gets one line for each replica that exited unasked, default
	// slog.Default.
	Logger *slog.Logger

	// LogLines bounds the lines kept of the function's output, default 2000.
	LogLines int

	// Changed is called after each change of the desired count, without locks held.
	Changed func()
}

// Stats is the state of a pool at one moment.
type Stats struct {
	Desired  int // replicas asked for
	Ready    int // replicas that take requests
	Inflight int // requests being served
	Waiting  int // requests waiting for a replica

	// ReadySeconds and BusySeconds are replica-seconds since the pool was made.
	// A replica is busy while it serves at least one request. A replica that is
	// being removed counts as ready until it has finished its requests, so that
	// BusySeconds never exceeds ReadySeconds.
	ReadySeconds float64
	BusySeconds  float64
}
