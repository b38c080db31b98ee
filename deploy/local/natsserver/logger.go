package natsserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// logger passes the server's log on to slog and remembers the first fatal
// message: the server goes on after one, and it is the cause of a failed start.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	cause error
}

func newLogger(log *slog.Logger) *logger {
	if log == nil {
		log = slog.Default()
	}
	return &logger{log: log.With("part", "nats")}
}

// debugging spares the server the making of debug lines that nobody reads.
func (l *logger) debugging() bool {
	return l.log.Enabled(context.Background(), slog.LevelDebug)
}

func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

func (l *logger) Fatalf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.log.Error(message)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		l.cause = errors.New(message)
	}
}

// warningLevel is lower for an index of a stream that is older than its messages.
// It always is after a stop by force: the server makes the index anew from the
// messages, and nothing is lost.
func warningLevel(message string) slog.Level {
	if strings.HasPrefix(message, "Filestore [") {
		for _, stale := range []string{"Stream state outdated", "prior state"} {
			if strings.Contains(message, stale) {
				return slog.LevelInfo
			}
		}
	}
	return slog.LevelWarn
}

func (l *logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }
func (l *logger) Warnf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.log.Log(context.Background(), warningLevel(message), message)
}
func (l *logger) Noticef(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }
func (l *logger) Debugf(format string, args ...any)  { l.log.Debug(fmt.Sprintf(format, args...)) }
func (l *logger) Tracef(format string, args ...any)  { l.log.Debug(fmt.Sprintf(format, args...)) }
