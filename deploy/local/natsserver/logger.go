package natsserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// logger passes the log of the server to slog and keeps the first fatal message. The
// server does not end after one; it is the cause of a failed start.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	cause error
}

// newLogger returns a logger that writes to log, by default to slog.Default().
func newLogger(log *slog.Logger) *logger {
	return &logger{log: cmp.Or(log, slog.Default()).With("part", "nats")}
}

// debugging reports whether debug lines are logged; otherwise the server makes none.
func (l *logger) debugging() bool {
	return l.log.Enabled(context.Background(), slog.LevelDebug)
}

// fatal returns the first fatal message, nil if there is none.
func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// Fatalf implements server.Logger.
func (l *logger) Fatalf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.log.Error(message)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		l.cause = errors.New(message)
	}
}

// warningLevel is the level of a warning: Info if the index of a stream is older than
// its messages, else Warn. The index is always older after a kill; the server rebuilds
// it from the messages, and nothing is lost.
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

// Errorf implements server.Logger.
func (l *logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Warnf implements server.Logger.
func (l *logger) Warnf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.log.Log(context.Background(), warningLevel(message), message)
}

// Noticef implements server.Logger. A start writes about twenty notices, so that they are
// logged at debug level.
func (l *logger) Noticef(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Debugf implements server.Logger.
func (l *logger) Debugf(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Tracef implements server.Logger.
func (l *logger) Tracef(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }
