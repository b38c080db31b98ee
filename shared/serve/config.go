package serve

import (
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"prewarm/shared/config"
)

// settings is the configuration of the entry point. Keys are the ones that
// OpenFaaS templates and of-watchdog use, so that one environment serves both.
type settings struct {
	address string        // bind:port
	read    time.Duration // read_timeout: for a whole request, body included
	write   time.Duration // write_timeout: for an answer, and for the drain at the end
	notice  time.Duration // healthcheck_interval: how long calls still come after SIGTERM
	maxBody int64         // max_body_bytes
}

// readSettings returns defaults where the environment says nothing. The
// default of notice is none: who stops a process without a watchdog in front
// (the local platform) has stopped sending calls by then.
func readSettings(getenv func(string) string) (settings, error) {
	r := config.NewReader(withUnits(getenv))
	s := settings{
		address: net.JoinHostPort(r.String("bind", ""), strconv.Itoa(r.Int("handler_port", 8082, 0, 65535))),
		read:    r.Duration("read_timeout", 10*time.Second, time.Millisecond, time.Hour),
		write:   r.Duration("write_timeout", 10*time.Second, time.Millisecond, time.Hour),
		notice:  r.Duration("healthcheck_interval", 0, 0, time.Hour),
		maxBody: int64(r.Int("max_body_bytes", 4<<20, 1, 1<<30)),
	}
	return s, r.Err()
}

// withUnits lets the durations be plain seconds ("10"), as of-watchdog does.
func withUnits(getenv func(string) string) func(string) string {
	return func(key string) string {
		v := getenv(key)
		switch key {
		case "read_timeout", "write_timeout", "healthcheck_interval":
			if _, err := strconv.Atoi(v); err == nil {
				return v + "s"
			}
		}
		return v
	}
}

// NewLogger returns the logger of a function: JSON lines of at least the level
// that the key log_level names (debug, info, warn, error; info by default and
// where the name is none of them).
func NewLogger(w io.Writer, getenv func(string) string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(getenv("log_level"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
