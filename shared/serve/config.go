package serve

import (
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"prewarm/shared/config"
)

// serverConfig is the configuration of the server. Its timeouts have the keys of
// of-watchdog, so that one environment configures both.
type serverConfig struct {
	address string        // bind:handler_port
	read    time.Duration // read_timeout: of a whole request with its body
	write   time.Duration // write_timeout: of an answer, and of the drain at the end
	notice  time.Duration // healthcheck_interval: how long calls still arrive after SIGTERM
	maxBody int64         // max_body_bytes

	deliveries   int           // delivery_places
	strangers    int           // stranger_places
	strangerBody time.Duration // stranger_body_timeout: for the whole body of a stranger

	publicMetrics bool // metrics_public: /metrics answers through the gateway as well
}

// readConfig reads the keys that Main documents. By default there is no notice period:
// a process without of-watchdog in front of it gets no calls after the signal.
func readConfig(getenv func(string) string) (serverConfig, error) {
	r := config.NewReader(withUnits(getenv))
	c := serverConfig{
		address: net.JoinHostPort(r.String("bind", ""), strconv.Itoa(r.Int("handler_port", 8082, 0, 65535))),
		read:    r.Duration("read_timeout", 10*time.Second, time.Millisecond, time.Hour),
		write:   r.Duration("write_timeout", 10*time.Second, time.Millisecond, time.Hour),
		notice:  r.Duration("healthcheck_interval", 0, 0, time.Hour),
		maxBody: int64(r.Int("max_body_bytes", 4<<20, 1, 1<<30)),

		deliveries:    r.Int("delivery_places", 16, 1, 1000),
		strangers:     r.Int("stranger_places", 8, 1, 1000),
		publicMetrics: r.Bool("metrics_public", false),
	}
	c.strangerBody = r.Duration("stranger_body_timeout", min(2*time.Second, c.read), time.Millisecond, c.read)
	return c, r.Err()
}

// withUnits returns an environment in which plain numbers count as seconds in the timeouts,
// as in of-watchdog, which accepts both "10" and "10s".
func withUnits(getenv func(string) string) func(string) string {
	return func(key string) string {
		v := getenv(key)
		switch key {
		case "read_timeout", "write_timeout", "healthcheck_interval", "stranger_body_timeout":
			if _, err := strconv.Atoi(v); err == nil {
				return v + "s"
			}
		}
		return v
	}
}

// NewLogger returns a logger that writes JSON lines of at least the level of the key
// log_level: debug, info, warn or error. The default is info, also for another value: a
// typing error must not cost the log.
func NewLogger(w io.Writer, getenv func(string) string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(getenv("log_level"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
