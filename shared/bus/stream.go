package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"prewarm/shared/event"
)

// Names of the streams, one for each type of message. The subject of a stream is the
// type of its messages.
const (
	StreamWindows   = "PREWARM_WINDOWS"
	StreamForecasts = "PREWARM_FORECASTS"
	StreamDecisions = "PREWARM_DECISIONS"
)

// Limits of the streams that no key configures.
const (
	// Windows and forecasts are of use for a few steps. An hour of them lets an
	// operator see what happened.
	transitAge  = time.Hour
	transitSize = 256 << 20 // bytes
	// duplicateWindow is the time within which a repeated message is stored once. It
	// must be longer than a restart.
	duplicateWindow = 10 * time.Minute
)

// streams returns the configuration of the three streams.
func (c Config) streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		stream(StreamWindows, event.TypeWindows, transitAge, transitSize),
		stream(StreamForecasts, event.TypeForecasts, transitAge, transitSize),
		stream(StreamDecisions, event.TypeDecisions, c.DecisionsAge, c.DecisionsSize),
	}
}

// stream returns the configuration of one stream. The oldest messages are dropped
// when it exceeds age or size.
func stream(name, subject string, age time.Duration, size int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Storage: jetstream.FileStorage,
		MaxAge: age, MaxBytes: int64(size), MaxMsgSize: event.MaxBody, Discard: jetstream.DiscardOld,
		Duplicates: min(duplicateWindow, age), Compression: jetstream.S2Compression,
	}
}

// EnsureStreams creates the streams that are missing. Those that exist stay as they are.
func (b *Bus) EnsureStreams(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	for _, cfg := range b.cfg.streams() {
		if _, err := EnsureStream(ctx, b.js, cfg); err != nil {
			return fmt.Errorf("%w: create stream %s: %w", ErrUnavailable, cfg.Name, b.explain(ctx, err))
		}
	}
	return nil
}
