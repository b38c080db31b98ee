package store

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// tailLines is how many lines of the output an error quotes.
const tailLines = 8

// lineLog logs the output of a program line by line, and keeps the last lines. The level is
// debug, because the suite's own log must stay readable.
type lineLog struct {
	log *slog.Logger

	mu      sync.Mutex
	partial []byte
	last    []string
}

// Write implements io.Writer. An incomplete line waits for its end.
func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.partial = rest
		l.log.Debug(string(line))
		l.last = append(l.last, string(line))
		l.last = l.last[max(0, len(l.last)-tailLines):]
	}
}

// tail returns the last lines.
func (l *lineLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}
